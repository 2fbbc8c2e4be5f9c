import { Button, PasswordInput, Stack } from "@mantine/core"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Person } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { Trouble } from "../../ui/trouble.tsx"
import { Gate } from "./gate.tsx"

/** The server's own limit, in characters. */
const shortestPassword = 10

/** Whoever holds a link chooses a password, once. The secret stands behind #, so that no server writes it down. */
export function ChoosePassword({ done }: { readonly done: () => void }): ReactNode {
  const client = useQueryClient()
  const [password, setPassword] = useState("")
  const choose = useMutation({
    mutationFn: () =>
      call<Person>("POST", "/welcome", { secret: window.location.hash.slice(1), password }),
    onSuccess: (who) => {
      client.clear()
      client.setQueryData(session().queryKey, who)
      done()
    },
  })
  const missing = shortestPassword - password.length
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (missing <= 0) choose.mutate()
  }
  return (
    <Gate title="Choose a password" lead="An administrator let you in. This link works once.">
      <form onSubmit={submit}>
        <Stack gap="md">
          <PasswordInput
            label="Password"
            description={`At least ${shortestPassword} characters. A few words in a row are good.`}
            autoComplete="new-password"
            size="md"
            required
            autoFocus
            value={password}
            error={password && missing > 0 && `${missing} more characters`}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          {choose.isError && <Trouble problem={asProblem(choose.error)} />}
          <Button type="submit" size="md" loading={choose.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Gate>
  )
}
