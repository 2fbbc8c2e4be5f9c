import { type ReactElement, useId } from "react"
import "./segmented.css"
import { Icon, type IconName } from "./icon.tsx"

export interface SegmentedProps<T extends string> {
  /** What is chosen here; read out, not shown. */
  readonly legend: string
  readonly options: readonly {
    readonly value: T
    readonly label: string
    readonly icon?: IconName
    readonly count?: number
  }[]
  readonly value: T
  /** Only the drawings are shown; the words are read out. */
  readonly compact?: boolean
  readonly disabled?: boolean
  onChoose(value: T): void
}

/** One of a few, all visible. Native radio buttons, so arrow keys and forms work. */
export function Segmented<T extends string>({
  legend,
  options,
  value,
  compact = false,
  disabled = false,
  onChoose,
}: SegmentedProps<T>): ReactElement {
  const name = useId()
  return (
    <fieldset className="s2-segmented" data-compact={compact || undefined} disabled={disabled}>
      <legend className="s2-hidden">{legend}</legend>
      {options.map((option) => (
        <label key={option.value} title={compact ? option.label : undefined}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          {option.icon && <Icon name={option.icon} size={18} />}
          <span className={compact ? "s2-hidden" : undefined}>{option.label}</span>
          {option.count !== undefined && (
            <span className="s2-segmented-count s2-number">{option.count}</span>
          )}
        </label>
      ))}
    </fieldset>
  )
}
