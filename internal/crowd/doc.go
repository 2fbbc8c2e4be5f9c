// Package crowd makes up people who use SiteProof: who comes, what they open, what goes wrong for them. The lives are
// made by a seed, so the same seed lives the same lives; Run lives them against a real Belay over its public protocols.
package crowd
