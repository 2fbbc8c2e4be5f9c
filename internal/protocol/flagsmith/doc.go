// Package flagsmith is the door for Flagsmith's own clients, unmodified. README.md says what it speaks.
package flagsmith
