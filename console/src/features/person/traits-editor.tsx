import { ActionIcon, Button, TextInput } from "@mantine/core"
import { IconPlus, IconTrash } from "@tabler/icons-react"
import { type FormEvent, type ReactNode, useState } from "react"
import type { Traits } from "../../lib/api-segments.ts"
import styles from "./person.module.css"
import { readTrait, writeTrait } from "./words.ts"

interface TraitsEditorProps {
  readonly traits: Traits
  readonly locked?: boolean
  readonly set: (traits: Traits) => void
}

/** How every field of a trait looks and behaves. */
const field = { size: "xs", autoComplete: "off", spellCheck: false } as const

/** Traits as names and values. A value is a number, true, false or text; text such as 41 goes in quotes. */
export function TraitsEditor({ traits, locked = false, set }: TraitsEditorProps): ReactNode {
  const [name, setName] = useState("")
  const [value, setValue] = useState("")
  const add = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() === "") return
    set({ ...traits, [name.trim()]: readTrait(value) })
    setName("")
    setValue("")
  }
  const names = Object.keys(traits).sort()
  const without = (key: string): Traits =>
    Object.fromEntries(Object.entries(traits).filter(([k]) => k !== key))
  return (
    <div className={styles.traits}>
      {names.length === 0 && <p className={styles.quiet}>No traits.</p>}
      {names.map((key) => (
        <TraitRow
          key={`${key} ${writeTrait(traits[key])}`}
          name={key}
          value={traits[key]}
          locked={locked}
          set={(next) => set({ ...traits, [key]: next })}
          remove={() => set(without(key))}
        />
      ))}
      {!locked && (
        <form className={styles.trait} onSubmit={add}>
          <TextInput
            {...field}
            aria-label="Name of another trait"
            placeholder="trait"
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <TextInput
            {...field}
            aria-label="Its value"
            placeholder="value"
            value={value}
            onChange={(e) => setValue(e.currentTarget.value)}
          />
          <Button
            type="submit"
            size="xs"
            variant="default"
            px={8}
            disabled={name.trim() === ""}
            aria-label="Add the trait"
          >
            <IconPlus size={15} />
          </Button>
        </form>
      )}
    </div>
  )
}

interface TraitRowProps {
  readonly name: string
  readonly value: unknown
  readonly locked: boolean
  readonly set: (value: unknown) => void
  readonly remove: () => void
}

function TraitRow({ name, value, locked, set, remove }: TraitRowProps): ReactNode {
  const [text, setText] = useState(writeTrait(value))
  const keep = (): void => {
    const read = readTrait(text)
    if (read !== value) set(read)
  }
  return (
    <div className={styles.trait}>
      <code className={styles.name}>{name}</code>
      <TextInput
        {...field}
        aria-label={`Value of ${name}`}
        value={text}
        disabled={locked}
        onChange={(e) => setText(e.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(e) => {
          if (e.key === "Enter") keep()
        }}
      />
      {!locked && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          aria-label={`Remove ${name}`}
          onClick={remove}
        >
          <IconTrash size={15} />
        </ActionIcon>
      )}
    </div>
  )
}
