package config

// DefaultDataDir is where Belay keeps its stores when nothing else is said.
const DefaultDataDir = "./var/belay"

// Config is what a running Belay needs to know.
type Config struct {
	Listen    string // host:port
	DataDir   string
	PublicURL string // how browsers reach it; https:// makes cookies secure
	LogLevel  string // debug, info, warn, error
	LogFormat string // text, json
	// AllowPrivateWebhooks lets webhooks reach addresses of the private network.
	AllowPrivateWebhooks bool
}

// Server is the part of the settings that the serve command takes as flags.
type Server struct {
	Listen    string `help:"Address to listen at." env:"BELAY_LISTEN" default:"127.0.0.1:7400"`
	PublicURL string `help:"How browsers reach Belay, such as https://belay.example.org." env:"BELAY_PUBLIC_URL"`
	LogLevel  string `help:"How much to log." enum:"debug,info,warn,error" env:"BELAY_LOG_LEVEL" default:"info"`
	LogFormat string `help:"For people (text) or machines (json)." enum:"text,json" env:"BELAY_LOG_FORMAT" default:"text"`
	// AllowPrivateWebhooks is off because whoever makes webhooks could otherwise look around inside.
	AllowPrivateWebhooks bool `help:"Let webhooks reach loopback and private addresses." env:"BELAY_ALLOW_PRIVATE_WEBHOOKS"`
}

// Config joins the flags with the data folder, which other commands share.
func (s Server) Config(dataDir string) Config {
	return Config{Listen: s.Listen, DataDir: dataDir, PublicURL: s.PublicURL, LogLevel: s.LogLevel, LogFormat: s.LogFormat, AllowPrivateWebhooks: s.AllowPrivateWebhooks}
}
