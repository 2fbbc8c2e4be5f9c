import { Avatar, Menu, SegmentedControl, Text, useMantineColorScheme } from "@mantine/core"
import { IconLogout } from "@tabler/icons-react"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { call } from "../../lib/http.ts"
import { session } from "../../lib/queries.ts"

const themes = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "Auto" },
] as const

const roles: Readonly<Record<string, string>> = {
  admin: "Administrator",
  operator: "Operator",
  viewer: "Viewer",
}

interface PersonMenuProps {
  /** The button that opens the menu. */
  readonly target: (name: string, initials: ReactNode) => ReactNode
}

/** Who is signed in, the theme, and the way out. */
export function PersonMenu({ target }: PersonMenuProps): ReactNode {
  const who = useQuery(session()).data
  const client = useQueryClient()
  const scheme = useMantineColorScheme()
  const leave = useMutation({
    mutationFn: () => call("DELETE", "/session"),
    onSettled: () => {
      client.clear()
      window.location.assign("/sign-in")
    },
  })
  if (!who) return null
  return (
    <Menu position="top-start" width={230} withArrow={false}>
      <Menu.Target>
        {target(
          who.name,
          <Avatar name={who.name} color="rope.7" variant="filled" size={28} radius="xl" />,
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {who.email}
          <Text size="xs">{roles[who.role] ?? who.role}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label id="theme-label">Theme</Menu.Label>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-labelledby="theme-label"
          data={[...themes]}
          value={scheme.colorScheme}
          onChange={(v) => scheme.setColorScheme(v)}
        />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => leave.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
