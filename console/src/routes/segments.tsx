import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { SegmentEditor } from "../features/segment/segment-editor.tsx"
import { SegmentList } from "../features/segment/segment-list.tsx"
import { SegmentPage } from "../features/segment/segment-page.tsx"

const list = getRouteApi("/$env/segments")
const made = getRouteApi("/$env/segments/new")
const one = getRouteApi("/$env/segments/$key")

export function SegmentsRoute(): ReactNode {
  return <SegmentList env={list.useParams().env} />
}

export function NewSegmentRoute(): ReactNode {
  return <SegmentEditor env={made.useParams().env} segment={undefined} />
}

export function SegmentRoute(): ReactNode {
  const { env, key } = one.useParams()
  return <SegmentPage env={env} segmentKey={key} />
}
