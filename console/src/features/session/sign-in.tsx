import { Button, PasswordInput, Stack, TextInput } from "@mantine/core"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Credentials, Person } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { Trouble } from "../../ui/trouble.tsx"
import { Gate } from "./gate.tsx"

/** Signs a person in. */
export function SignIn({ done }: { readonly done: () => void }): ReactNode {
  const client = useQueryClient()
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const enter = useMutation({
    mutationFn: (credentials: Credentials) => call<Person>("POST", "/session", credentials),
    onSuccess: (who) => {
      client.clear()
      client.setQueryData(session().queryKey, who)
      done()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    enter.mutate({ email: email.trim(), password })
  }
  return (
    <Gate title="Sign in" lead="To see what people get, and to take it back.">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Email"
            type="email"
            autoComplete="username"
            size="md"
            required
            autoFocus
            value={email}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            size="md"
            required
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          {enter.isError && <Trouble problem={asProblem(enter.error)} />}
          <Button type="submit" size="md" loading={enter.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Gate>
  )
}
