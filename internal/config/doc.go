// Package config holds Belay's settings: command line over environment over default.
package config
