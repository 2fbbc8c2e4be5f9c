// Package report is how pages look that leave Belay as one file: they need nothing else, fit every screen and both colour
// themes, and say in words what their charts show.
package report

import (
	_ "embed"
	"html/template"
)

//go:embed report.css
var style string

// New makes a page of a template, which begins with {{template "head" "title"}} and ends with {{template "foot"}}.
func New(text string, more template.FuncMap) *template.Template {
	functions := template.FuncMap{"clock": Clock, "style": func() template.CSS { return template.CSS(style) }} //nolint:gosec // it is ours
	shell := template.Must(template.New("").Funcs(functions).Funcs(more).Parse(frame))
	return template.Must(shell.New("page").Parse(text))
}

const frame = `{{define "head"}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.}}</title>
<style>{{style}}</style>
</head>
<body><main>
<h1>{{.}}</h1>
{{end}}{{define "foot"}}</main></body></html>
{{end}}`
