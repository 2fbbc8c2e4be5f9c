import { getRouteApi } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { PeoplePage } from "../features/person/people-page.tsx"
import { WhyPage } from "../features/person/why-page.tsx"

const people = getRouteApi("/$env/people")
const why = getRouteApi("/$env/why")

export function PeopleRoute(): ReactNode {
  const { env } = people.useParams()
  const { who = "" } = people.useSearch()
  const go = people.useNavigate()
  return <PeoplePage env={env} who={who} open={(next) => void go({ search: { who: next } })} />
}

export function WhyRoute(): ReactNode {
  const { env } = why.useParams()
  const { flag = "", who = "" } = why.useSearch()
  const go = why.useNavigate()
  return (
    <WhyPage
      env={env}
      question={{ flag, who }}
      ask={(q) =>
        void go({ search: { ...(q.flag && { flag: q.flag }), ...(q.who && { who: q.who }) } })
      }
    />
  )
}
