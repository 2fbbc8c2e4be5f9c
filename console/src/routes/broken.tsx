import { Anchor, Center } from "@mantine/core"
import { IconMapOff } from "@tabler/icons-react"
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { Empty, Failed } from "../ui/states.tsx"

/** A page that could not be shown at all. */
export function Broken({ error, reset }: ErrorComponentProps): ReactNode {
  const router = useRouter()
  const retry = (): void => {
    reset()
    void router.invalidate()
  }
  return (
    <Center mih="60vh">
      <Failed error={error} retry={retry} retrying={false} />
    </Center>
  )
}

/** An address that leads nowhere. */
export function Missing(): ReactNode {
  return (
    <Center mih="60vh">
      <Empty
        icon={<IconMapOff size={24} />}
        title="There is no such page"
        action={<Anchor href="/">Go to the overview</Anchor>}
      >
        The address may be old or mistyped.
      </Empty>
    </Center>
  )
}
