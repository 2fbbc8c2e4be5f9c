package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/lmittmann/tint"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/config"
)

type serveCommand struct {
	config.Server
}

// Run serves until the context ends.
func (s serveCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	settings := s.Config(connection.Data)
	belay, err := start(ctx, p, settings, nil)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.Out, "Belay is ready at %s\n", belay.URL())
	<-ctx.Done()
	return belay.Stop(context.WithoutCancel(ctx))
}

// start runs a Belay and gives it back listening.
func start(ctx context.Context, p *Process, settings config.Config, demo *api.Demo) (*app.App, error) {
	log := logger(p.Err, settings)
	belay, err := app.New(ctx, app.Options{Config: settings, Log: log, Demo: demo})
	if err != nil {
		return nil, err
	}
	if err := belay.Start(ctx); err != nil {
		if stopErr := belay.Stop(context.WithoutCancel(ctx)); stopErr != nil {
			log.ErrorContext(ctx, "not stopped cleanly", "error", stopErr)
		}
		return nil, err
	}
	return belay, nil
}

// logger writes for people on a terminal ("text") or for machines ("json").
func logger(w io.Writer, settings config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(settings.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	if settings.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, NoColor: true}))
}
