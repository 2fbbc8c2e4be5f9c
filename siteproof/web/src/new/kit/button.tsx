import type { ButtonHTMLAttributes, ReactElement, ReactNode } from "react"
import "./button.css"
import { classNames } from "./class-names.ts"
import { Icon, type IconName } from "./icon.tsx"

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger"

/** Looks shared by buttons and by links that look like one. */
export interface ButtonLooks {
  readonly variant?: ButtonVariant
  readonly small?: boolean
  readonly block?: boolean
}

/** Class names for a link that looks like a button. */
export function buttonClass({ variant = "secondary", small, block }: ButtonLooks): string {
  return classNames(
    "s2-button",
    `s2-button-${variant}`,
    small && "s2-button-small",
    block && "s2-button-block",
  )
}

export interface ButtonProps
  extends ButtonLooks,
    Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "style"> {
  readonly icon?: IconName
  /** Work is under way: shown by a turning ring, and a second press does nothing. */
  readonly busy?: boolean
  readonly children: ReactNode
}

/** Does something here; to go somewhere, use a link. */
export function Button({
  variant,
  small,
  block,
  icon,
  busy = false,
  disabled,
  type = "button",
  children,
  ...rest
}: ButtonProps): ReactElement {
  return (
    <button
      {...rest}
      type={type}
      className={buttonClass({
        ...(variant && { variant }),
        ...(small && { small }),
        ...(block && { block }),
      })}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <span className="s2-button-ring" aria-hidden="true" /> : icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

export interface IconButtonProps
  extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "style" | "aria-label"> {
  readonly icon: IconName
  /** What it does, for those who cannot see the drawing, and as a tip for those who can. */
  readonly label: string
}

/** A button that is only a drawing; its name is hidden text, so that it counts as a button's and not as a field's. */
export function IconButton({
  icon,
  label,
  type = "button",
  ...rest
}: IconButtonProps): ReactElement {
  return (
    <button {...rest} type={type} className="s2-icon-button" title={label}>
      <Icon name={icon} />
      <span className="s2-hidden">{label}</span>
    </button>
  )
}
