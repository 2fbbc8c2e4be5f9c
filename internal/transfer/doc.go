// Package transfer brings flags and segments into an environment and out of it as files: Belay's own, and those of
// Flagsmith. It promises that a file that was written here and is read again changes nothing, that what is wrong with a
// file is said with the line it stands in, and that nothing is left out of a foreign file without a word.
package transfer
