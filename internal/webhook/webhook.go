package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Limits of hooks.
const (
	MaxHooks       = 20 // of an environment
	maxURL         = 2000
	maxDescription = 200
	maxKinds       = 20
	// oldSecretFor is how long what is sent is also signed with the secret before the last rotation.
	oldSecretFor = 24 * time.Hour
	secretPrefix = "whsec_"
)

// Kinds are the beginnings of kinds of changes that a hook can ask for.
var Kinds = []string{"flag.", "segment.", "rollout.", "incident.", "change_request.", "environment."}

// Hook is an address that is told about changes of an environment.
type Hook struct {
	ID             string     `json:"id"`
	EnvironmentID  string     `json:"environment_id"`
	URL            string     `json:"url"`
	Description    string     `json:"description"`
	Kinds          []string   `json:"kinds"`              // beginnings of kinds: flag. or rollout.rolled_back
	Disabled       string     `json:"disabled,omitempty"` // why nothing is sent; "" while it is
	CreatedAt      time.Time  `json:"created_at"`         //
	Secret         string     `json:"-"`                  // never in the journal
	OldSecret      string     `json:"-"`                  // before the last rotation
	OldSecretUntil *time.Time `json:"-"`                  // nil when there is none
	Cursor         int64      `json:"-"`                  // revision up to which commits are in the queue
}

// State is where a delivery stands.
type State string

// The states. A delivery that failed for good leaves its hook disabled and stays pending, to be sent when it is enabled.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
)

// Delivery is one message to one hook.
type Delivery struct {
	ID        string     `json:"id"`
	HookID    string     `json:"hook_id"`
	Number    int64      `json:"number"`   // order within the hook
	Revision  int64      `json:"revision"` // of the commit; 0 of a ping
	State     State      `json:"state" enum:"pending,delivered"`
	Attempts  int        `json:"attempts"`
	CreatedAt time.Time  `json:"created_at"`
	FirstAt   *time.Time `json:"first_at,omitempty"` // first attempt
	SentAt    *time.Time `json:"sent_at,omitempty"`  // last attempt
	NextAt    time.Time  `json:"next_at"`            // next attempt, while pending
	Status    int        `json:"status,omitempty"`   // of the last answer; 0 when none came
	LatencyMS int64      `json:"latency_ms,omitempty"`
	Problem   string     `json:"problem,omitempty"` // why the last attempt failed
	Excerpt   string     `json:"excerpt,omitempty"` // beginning of the last answer
	Body      []byte     `json:"-"`
}

// Message is the body of what is sent. Fields may be added; none changes its meaning within a version.
type Message struct {
	Version     int            `json:"version"` // 1
	ID          string         `json:"id"`      // the same whenever this message is sent again
	Type        string         `json:"type"`    // change or ping
	Environment string         `json:"environment"`
	Commit      *change.Commit `json:"commit,omitempty"` // of change: with the changes the hook asked for
}

// check finds what is wrong with a hook, its address aside.
func (h *Hook) check() error {
	if len(h.URL) > maxURL || !utf8.ValidString(h.URL) {
		return fault.New(fault.Invalid, "the address is too long").At("url", "at most %d bytes", maxURL)
	}
	if utf8.RuneCountInString(h.Description) > maxDescription {
		return fault.New(fault.Invalid, "the description is too long").At("description", "at most %d characters", maxDescription)
	}
	if len(h.Kinds) == 0 || len(h.Kinds) > maxKinds {
		return fault.New(fault.Invalid, "a hook asks for 1 to %d kinds of changes", maxKinds).At("kinds", "such as flag. or rollout.rolled_back")
	}
	for i, kind := range h.Kinds {
		if !slices.ContainsFunc(Kinds, func(known string) bool { return strings.HasPrefix(kind, known) }) {
			return fault.New(fault.Invalid, "there are no changes of the kind %q", kind).Hint("kinds begin with %s", strings.Join(Kinds, ", ")).
				At(fmt.Sprintf("kinds[%d]", i), "begins with one of %s", strings.Join(Kinds, ", "))
		}
	}
	return nil
}

// wants gives what a hook is told of a commit, nil when nothing in it concerns it.
func (h *Hook) wants(c change.Commit) *change.Commit {
	var kept []change.Change
	for _, ch := range c.Changes {
		if ch.EnvironmentID == h.EnvironmentID && slices.ContainsFunc(h.Kinds, func(kind string) bool { return strings.HasPrefix(ch.Kind, kind) }) {
			kept = append(kept, ch)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	c.Changes = kept
	return &c
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

// headers sign a body, both in Belay's own way and as standardwebhooks.com has it.
func (h *Hook) headers(d *Delivery, now time.Time) map[string]string {
	at := strconv.FormatInt(now.Unix(), 10)
	secrets := []string{h.Secret}
	if h.OldSecretUntil != nil && now.Before(*h.OldSecretUntil) {
		secrets = append(secrets, h.OldSecret)
	}
	own, standard := "t="+at, []string{}
	for _, secret := range secrets {
		own += ",v1=" + hex.EncodeToString(sign([]byte(secret), at+".", d.Body))
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err == nil {
			standard = append(standard, "v1,"+base64.StdEncoding.EncodeToString(sign(key, d.ID+"."+at+".", d.Body)))
		}
	}
	return map[string]string{
		"Content-Type": "application/json", "User-Agent": "Belay-Webhook/1", "Belay-Signature": own,
		"Webhook-Id": d.ID, "Webhook-Timestamp": at, "Webhook-Signature": strings.Join(standard, " "),
	}
}

func sign(key []byte, prefix string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(prefix))
	mac.Write(body)
	return mac.Sum(nil)
}

func encode(m Message) ([]byte, error) {
	m.Version = 1
	return json.Marshal(m)
}
