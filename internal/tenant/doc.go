// Package tenant knows organisations, their projects and environments, and the keys that open them.
package tenant
