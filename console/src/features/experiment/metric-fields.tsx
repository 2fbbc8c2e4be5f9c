import { NativeSelect, NumberInput, TextInput } from "@mantine/core"
import type { ReactNode } from "react"
import type { Metric, MetricKind } from "../../lib/api-experiments.ts"
import styles from "./experiment.module.css"
import { inPoints, kindWords, vitals } from "./words.ts"

interface MetricFieldsProps {
  /** Said before each field's name, so that every field on the page has a name of its own. */
  readonly of: string
  readonly metric: Metric
  readonly change: (m: Metric) => void
  readonly children?: ReactNode
}

const kinds = Object.entries(kindWords).map(([value, label]) => ({ value, label }))

/** What is measured, in as many fields as the kind needs. */
export function MetricFields({ of, metric, change, children }: MetricFieldsProps): ReactNode {
  const toKind = (kind: MetricKind): void => {
    const { role, margin } = metric
    change({
      role,
      kind,
      ...(margin === undefined ? {} : { margin }),
      ...(kind === "slow" ? { event: "LCP" } : {}),
    })
  }
  const free = metric.kind === "conversion" || metric.kind === "count" || metric.kind === "sum"
  return (
    <div className={styles.fields}>
      <NativeSelect
        label="What"
        aria-label={`${of}: what`}
        data={kinds}
        value={metric.kind}
        onChange={(e) => toKind(e.currentTarget.value as MetricKind)}
      />
      {free && (
        <TextInput
          label="Event"
          aria-label={`${of}: event`}
          placeholder="checkout finished"
          value={metric.event ?? ""}
          onChange={(e) => change({ ...metric, event: e.currentTarget.value })}
          maxLength={200}
          required
        />
      )}
      {metric.kind === "sum" && (
        <TextInput
          label="Number in it"
          aria-label={`${of}: number in it`}
          placeholder="value"
          value={metric.property ?? ""}
          onChange={(e) => change({ ...metric, property: e.currentTarget.value.trim() })}
          maxLength={100}
        />
      )}
      {metric.kind === "slow" && (
        <>
          <NativeSelect
            label="Web vital"
            aria-label={`${of}: web vital`}
            data={[...vitals]}
            value={metric.event ?? "LCP"}
            onChange={(e) => change({ ...metric, event: e.currentTarget.value })}
          />
          <NumberInput
            label={metric.event === "CLS" ? "Slow above (score)" : "Slow above (ms)"}
            aria-label={`${of}: slow above`}
            placeholder="as web.dev has it"
            value={metric.limit ?? ""}
            min={0}
            onChange={(v) => change({ ...metric, limit: Number(v) || 0 })}
          />
        </>
      )}
      {free && (
        <NativeSelect
          label="Better is"
          aria-label={`${of}: better is`}
          data={[
            { value: "more", label: "more" },
            { value: "less", label: "less" },
          ]}
          value={metric.better ?? "more"}
          onChange={(e) =>
            change({ ...metric, better: e.currentTarget.value === "less" ? "less" : "more" })
          }
        />
      )}
      {metric.role === "guardrail" && (
        <NumberInput
          label={`Tolerated (${inPoints(metric.kind) ? "points" : "%"})`}
          aria-label={`${of}: tolerated`}
          value={metric.margin ?? 0}
          min={0}
          max={100}
          step={0.5}
          onChange={(v) => change({ ...metric, margin: Number(v) || 0 })}
        />
      )}
      {children}
    </div>
  )
}
