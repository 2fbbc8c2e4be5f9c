// Package lease lets one node at a time hold a duty, such as deciding about rollouts.
package lease
