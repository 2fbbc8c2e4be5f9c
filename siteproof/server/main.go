package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/siteproof/belay/siteproof"
)

type commandLine struct {
	Serve serve `cmd:"" help:"Serve SiteProof."`
}

type serve struct {
	Listen     string `help:"Address to listen at." default:"127.0.0.1:7410"`
	Data       string `help:"Folder for SiteProof's data." default:"var/siteproof" type:"path"`
	BelayURL   string `name:"belay-url" help:"Where Belay answers. While it does not, every screen keeps the old design." env:"SITEPROOF_BELAY_URL" required:""`
	ClientKey  string `help:"Client key of the Belay environment." env:"SITEPROOF_CLIENT_KEY" required:""`
	BelayToken string `help:"Token for Belay's API; only the demo's fault switch needs it." env:"SITEPROOF_BELAY_TOKEN"`
	Static     string `help:"Folder of the built front end; default: the one inside this program." type:"existingdir"`
	Accounts   string `help:"JSON file with the accounts to make instead of the built-in ones." type:"existingfile"`
	Demo       bool   `help:"Show the menu that breaks the new NCR form on purpose."`
}

func (s *serve) Run(ctx context.Context, log *slog.Logger) error {
	files, built := siteproof.Files()
	if s.Static != "" {
		files, built = os.DirFS(s.Static), true
	}
	if !built {
		log.Warn("no front end inside this program", "hint", "cd siteproof && pnpm run build, then build again")
		files = nil
	}
	accounts := builtInAccounts()
	if s.Accounts != "" {
		var err error
		if accounts, err = readAccounts(s.Accounts); err != nil {
			return err
		}
	}
	return s.run(ctx, log, files, accounts)
}

func (s *serve) run(ctx context.Context, log *slog.Logger, files fs.FS, accounts []newAccount) error {
	app, err := newApp(ctx, options{
		folder: s.Data, log: log, files: files, accounts: accounts,
		belayURL: s.BelayURL, clientKey: s.ClientKey, belayToken: s.BelayToken, demo: s.Demo,
	})
	if err != nil {
		return err
	}
	defer app.close()
	return app.listen(ctx, s.Listen)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var line commandLine
	parsed := kong.Parse(&line, kong.Name("siteproof"), kong.Description("SiteProof: quality on site."), kong.UsageOnError())
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(log); err != nil {
		fmt.Fprintln(os.Stderr, "siteproof:", err)
		stop()
		os.Exit(1)
	}
}
