import { usePreference } from "@belay/react"
import { useCallback } from "react"
import type { Resource } from "./state.ts"
import { mapResource, useResource } from "./use-resource.ts"
import type { Project } from "./wire.ts"

/** The project that is worked on: the chosen one, else the first. */
export function useProject(): {
  readonly project: Resource<Project>
  readonly projects: readonly Project[]
  /** Empty until it is known. */
  readonly id: string
  select(id: string): void
  reload(): void
} {
  const { resource, reload } = useResource<readonly Project[]>("/api/projects")
  const [chosen, setChosen] = usePreference("project", "")
  const projects = resource.state === "ready" ? resource.value : none
  const current = projects.find(({ id }) => id === chosen) ?? projects[0]
  const project = mapResource(resource, () => current)
  const select = useCallback((id: string) => setChosen(id), [setChosen])
  return { project: known(project), projects, id: current?.id ?? "", select, reload }
}

const none: readonly Project[] = []

function known(project: Resource<Project | undefined>): Resource<Project> {
  if (project.state !== "ready") return project
  const { value, ...rest } = project
  if (value !== undefined) return { ...rest, value }
  const detail = "There is no project yet."
  return { state: "error", problem: { status: 404, title: "No project", detail, fields: {} } }
}
