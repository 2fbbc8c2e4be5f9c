import { Button, Chip, Group, Modal, Stack, Text, TextInput } from "@mantine/core"
import { useMutation } from "@tanstack/react-query"
import { type FormEvent, type ReactNode, useEffect, useState } from "react"
import { asProblem, Waits } from "../lib/http.ts"
import { ReasonField, shortestReason } from "./reason-field.tsx"
import { Trouble } from "./trouble.tsx"

export interface Ask {
  readonly title: string
  /** What will happen to people, in one or two sentences. */
  readonly says: ReactNode
  readonly confirm: string
  readonly danger?: boolean
  /** Reasons that are given often; one click fills the field. */
  readonly reasons?: readonly string[]
  /** A word to be typed before the most far-reaching acts. */
  readonly typed?: string | undefined
  /** False while the further fields are not filled in. */
  readonly ready?: boolean
  readonly act: (reason: string) => Promise<unknown>
}

interface ReasonDialogProps {
  /** What is asked; nothing is shown while undefined. */
  readonly ask: Ask | undefined
  readonly close: () => void
  /** Further fields, between what it says and the reason. */
  readonly children?: ReactNode
}

/** Asks why before anything is changed. Enter confirms, Escape leaves everything as it is. */
export function ReasonDialog({ ask, close, children }: ReasonDialogProps): ReactNode {
  const [kept, keep] = useState(ask)
  useEffect(() => {
    if (ask) keep(ask)
  }, [ask])
  const shown = ask ?? kept
  return (
    <Modal opened={ask !== undefined} onClose={close} title={<strong>{shown?.title}</strong>}>
      {shown && (
        <ReasonForm key={ask ? shown.title : "closing"} ask={shown} close={close}>
          {children}
        </ReasonForm>
      )}
    </Modal>
  )
}

interface ReasonFormProps {
  readonly ask: Ask
  readonly close: () => void
  readonly children: ReactNode
}

function ReasonForm({ ask, close, children }: ReasonFormProps): ReactNode {
  const [reason, setReason] = useState("")
  const [typed, setTyped] = useState("")
  const act = useMutation({ mutationFn: () => ask.act(reason.trim()), onSuccess: close })
  const ready =
    ask.ready !== false &&
    reason.trim().length >= shortestReason &&
    (!ask.typed || typed.trim().toLowerCase() === ask.typed)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (ready && !act.isPending) act.mutate()
  }
  if (act.error instanceof Waits) {
    return (
      <Stack gap="sm">
        <Trouble problem={act.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            Close
          </Button>
        </Group>
      </Stack>
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {ask.says}
        </Text>
        {children}
        <ReasonField
          description="Kept in the journal, and shown to everyone who looks later."
          value={reason}
          change={setReason}
          autoComplete="off"
          data-autofocus
        />
        {ask.reasons && (
          <Group gap={6}>
            {ask.reasons.map((text) => (
              <Chip
                key={text}
                size="xs"
                checked={reason === text}
                onChange={() => setReason(text)}
                variant="outline"
              >
                {text}
              </Chip>
            ))}
          </Group>
        )}
        {ask.typed && (
          <TextInput
            label={
              <>
                Type <code>{ask.typed}</code> to confirm
              </>
            }
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
        {act.isError && <Trouble problem={asProblem(act.error)} />}
        <Group justify="flex-end" gap="xs" mt={4}>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button
            type="submit"
            color={ask.danger ? "harm" : "rope"}
            disabled={!ready}
            loading={act.isPending}
          >
            {ask.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
