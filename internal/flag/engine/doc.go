// Package engine decides, without reading or writing anything, whether a context belongs to a segment and on which side
// of a percentage split an identity falls. It gives the answers that Flagsmith's engine gives to the same questions.
package engine
