import type { AnchorHTMLAttributes, MouseEvent, ReactElement } from "react"
import { navigate } from "./router.ts"

/** A link inside the app: a real `<a>`, so that it can be opened in another tab, copied and read out. */
export function Link(
  props: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string },
): ReactElement {
  const { onClick, href, ...rest } = props
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey
    if (event.defaultPrevented || !plain || event.altKey || props.target) return
    event.preventDefault()
    navigate(href)
  }
  return <a {...rest} href={href} onClick={follow} />
}
