package experiment

import (
	"strconv"
	"strings"

	"github.com/siteproof/belay/internal/fault"
)

// ParseMetric reads a metric as it is written on a command line: conversion:EVENT, count:EVENT, sum:EVENT[:PROPERTY],
// errors, slow:VITAL[:LIMIT]. It answers fault.Invalid when that is not what stands there.
func ParseMetric(text string) (Metric, error) {
	kind, rest, _ := strings.Cut(text, ":")
	m := Metric{Kind: Kind(kind), Event: rest}
	switch m.Kind {
	case Conversion, Count:
	case Errors:
		if rest != "" {
			return m, unread(text)
		}
	case Sum:
		m.Event, m.Property, _ = strings.Cut(rest, ":")
	case Slow:
		vital, limit, limited := strings.Cut(rest, ":")
		m.Event = vital
		if limited {
			var err error
			if m.Limit, err = strconv.ParseFloat(limit, 64); err != nil || !(m.Limit > 0) {
				return m, unread(text)
			}
		}
	default:
		return m, unread(text)
	}
	if m.Event == "" && m.Kind != Errors {
		return m, unread(text)
	}
	return m, nil
}

// ParseGuardrail reads a metric with its margin: errors=0.5.
func ParseGuardrail(text string) (Metric, error) {
	what, margin := text, "0"
	if at := strings.LastIndex(text, "="); at >= 0 {
		what, margin = text[:at], text[at+1:]
	}
	m, err := ParseMetric(what)
	if err != nil {
		return m, err
	}
	m.Role = Guardrail
	if m.Margin, err = strconv.ParseFloat(margin, 64); err != nil || !(m.Margin >= 0) {
		return m, unread(text)
	}
	return m, nil
}

func unread(text string) error {
	return fault.New(fault.Invalid, "%q is no metric", text).
		Hint("conversion:EVENT, count:EVENT, sum:EVENT[:PROPERTY], errors or slow:VITAL[:LIMIT]; a guardrail has its margin behind it, as in errors=0.5")
}
