import { Button, PasswordInput, Stack, TextInput } from "@mantine/core"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useState } from "react"
import type { NewAdministrator, Person } from "../../lib/api.ts"
import { asProblem, call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"
import { Trouble } from "../../ui/trouble.tsx"
import { Gate } from "./gate.tsx"

/** The server's own limit, in characters. */
const shortestPassword = 10

/** Makes the first person of this Belay, once. */
export function MakeAdministrator({ done }: { readonly done: () => void }): ReactNode {
  const client = useQueryClient()
  const [form, setForm] = useState<NewAdministrator>({ name: "", email: "", password: "" })
  const make = useMutation({
    mutationFn: () => call<Person>("POST", "/setup", form),
    onSuccess: (who) => {
      client.clear()
      client.setQueryData(session().queryKey, who)
      done()
    },
  })
  const problem = make.isError ? asProblem(make.error) : undefined
  const tooShort = form.password.length > 0 && form.password.length < shortestPassword
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!tooShort) make.mutate()
  }
  const set = (field: keyof NewAdministrator, value: string): void =>
    setForm((old) => ({ ...old, [field]: value }))
  return (
    <Gate
      title="Welcome. Who are you?"
      lead="This Belay is new. The first person becomes its administrator; nobody else can."
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Shown beside every change you make."
            autoComplete="name"
            size="md"
            required
            autoFocus
            value={form.name}
            error={problem?.field("name")}
            onChange={(e) => set("name", e.currentTarget.value)}
          />
          <TextInput
            label="Email"
            type="email"
            autoComplete="username"
            size="md"
            required
            value={form.email}
            error={problem?.field("email")}
            onChange={(e) => set("email", e.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            description={`At least ${shortestPassword} characters. A few words in a row are good.`}
            autoComplete="new-password"
            size="md"
            required
            value={form.password}
            error={
              problem?.field("password") ??
              (tooShort && `${shortestPassword - form.password.length} more characters`)
            }
            onChange={(e) => set("password", e.currentTarget.value)}
          />
          {problem && <Trouble problem={problem} />}
          <Button type="submit" size="md" loading={make.isPending}>
            Make the administrator
          </Button>
        </Stack>
      </form>
    </Gate>
  )
}
