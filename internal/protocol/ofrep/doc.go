// Package ofrep serves flags to any OpenFeature client: OFREP 0.3, bulk and single evaluation and its event stream.
// README.md specifies what is accepted and answered.
package ofrep
