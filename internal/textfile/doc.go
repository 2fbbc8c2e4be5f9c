// Package textfile reads files that people write, YAML or JSON, into Go's types. It promises that nothing is guessed (5 is
// a number and "5" is text), that a field nobody knows is refused with the one that was probably meant, and that every
// mistake is said with the line and column where it stands.
package textfile
