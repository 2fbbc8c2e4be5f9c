import { getRouteApi, useNavigate } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { ExperimentList } from "../features/experiment/experiment-list.tsx"
import { NewExperimentForm } from "../features/experiment/new-experiment-form.tsx"
import { ExperimentView } from "../features/experiment/result-page.tsx"

const list = getRouteApi("/$env/experiments")
const made = getRouteApi("/$env/experiments/new")
const one = getRouteApi("/$env/experiments/$id")

export function ExperimentsRoute(): ReactNode {
  return <ExperimentList env={list.useParams().env} />
}

export function NewExperimentRoute(): ReactNode {
  const { env } = made.useParams()
  const go = useNavigate()
  return (
    <NewExperimentForm
      env={env}
      done={(id) => void go({ to: "/$env/experiments/$id", params: { env, id } })}
    />
  )
}

export function ExperimentRoute(): ReactNode {
  const { env, id } = one.useParams()
  return <ExperimentView key={id} env={env} id={id} />
}
