// Package auth knows people, their sessions and API tokens, and who may do what.
package auth
