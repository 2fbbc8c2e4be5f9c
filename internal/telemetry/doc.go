// Package telemetry is the one event model: checked, scrubbed, enriched, stored once, and shown to whoever decides.
package telemetry
