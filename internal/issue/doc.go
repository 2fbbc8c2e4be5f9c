// Package issue groups like errors: the same fault, whoever it happened to, whatever the release.
package issue
