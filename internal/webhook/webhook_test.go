package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/egress"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
	"github.com/siteproof/belay/internal/webhook"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is a control plane with a receiver of webhooks that can be told to fail.
type world struct {
	t        *testing.T
	db       *sqldb.DB
	journal  *change.Journal
	env      tenant.Environment
	receiver *httptest.Server
	arrived  chan struct{}

	mu     sync.Mutex
	status int
	got    []received
	now    time.Time
}

type received struct {
	header  http.Header
	body    []byte
	message webhook.Message
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: sqldbtest.Open(t), status: http.StatusOK, arrived: make(chan struct{}, 1000), now: time.Now()}
	var err error
	w.journal, err = change.NewJournal(t.Context(), w.db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(w.db), w.journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}}}))
	w.env, err = tenants.Find("production")
	require.NoError(t, err)
	w.receiver = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		one := received{header: r.Header.Clone(), body: body}
		_ = json.Unmarshal(body, &one.message)
		w.mu.Lock()
		status := w.status
		w.got = append(w.got, one)
		w.mu.Unlock()
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, "thank you")
		w.arrived <- struct{}{}
	}))
	t.Cleanup(w.receiver.Close)
	return w
}

func (w *world) service() *webhook.Service {
	client := egress.New(egress.Options{AllowPrivate: true})
	w.t.Cleanup(client.Close)
	return webhook.New(webhook.Options{
		Store: sqldb.NewWebhooks(w.db), Journal: w.journal, Sender: client, Lease: lease.New(sqldb.NewLeases(w.db)), Logger: slog.New(slog.DiscardHandler),
		Environment: func(string) string { return "production" },
		Now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.now
		},
	})
}

// start runs a sender until the test ends or the function it gives is called.
func (w *world) start(s *webhook.Service) (stop func()) {
	w.t.Helper()
	w.journal.Subscribe("webhooks", func(change.Commit) { s.Wake() })
	require.NoError(w.t, s.Start(w.t.Context()))
	stop = sync.OnceFunc(func() { require.NoError(w.t, s.Stop(context.Background())) })
	w.t.Cleanup(stop)
	return stop
}

func (w *world) commit(kind, subject string) {
	w.t.Helper()
	_, err := w.journal.Commit(w.t.Context(), dana, "a test needs it", func(ctx context.Context) error {
		return change.Record(ctx, change.Change{Kind: kind, EnvironmentID: w.env.ID, Subject: subject, After: json.RawMessage(`{"on":true}`)})
	})
	require.NoError(w.t, err)
}

func (w *world) add(s *webhook.Service) (webhook.Hook, string) {
	w.t.Helper()
	h, secret, err := s.Add(w.t.Context(), dana, "a test needs it", w.env.ID, webhook.NewHook{URL: w.receiver.URL, Kinds: []string{"flag."}})
	require.NoError(w.t, err)
	return h, secret
}

// wait gives what arrived once there are so many.
func (w *world) wait(count int) []received {
	w.t.Helper()
	for {
		w.mu.Lock()
		got := append([]received{}, w.got...)
		w.mu.Unlock()
		if len(got) >= count {
			return got
		}
		<-w.arrived
	}
}

func (w *world) set(status int, later time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status, w.now = status, w.now.Add(later)
}

// until waits until a delivery is as wanted.
func (w *world) until(s *webhook.Service, hookID string, wanted func(webhook.Delivery) bool) webhook.Delivery {
	w.t.Helper()
	for {
		all, err := s.Deliveries(w.t.Context(), hookID)
		require.NoError(w.t, err)
		if at := slices.IndexFunc(all, wanted); at >= 0 {
			return all[at]
		}
		select {
		case <-w.arrived:
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func signature(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func TestAReceiverCanCheckWhoSentWhat(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.start(s)
	h, secret := w.add(s)
	w.commit("segment.updated", "not asked for")
	w.commit("flag.updated", "greeting")
	got := w.wait(1)[0]
	require.Equal(t, "greeting", got.message.Commit.Changes[0].Subject)
	require.Equal(t, []any{1, "change", "production"}, []any{got.message.Version, got.message.Type, got.message.Environment})

	at := got.header.Get("Webhook-Timestamp")
	require.Equal(t, "t="+at+",v1="+hex.EncodeToString(signature([]byte(secret), at+"."+string(got.body))), got.header.Get("Belay-Signature"))
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(signature(key, got.message.ID+"."+at+"."+string(got.body))), got.header.Get("Webhook-Signature"))

	done := w.until(s, h.ID, func(d webhook.Delivery) bool { return d.State == webhook.Delivered })
	require.Equal(t, []any{200, "thank you", 1}, []any{done.Status, done.Excerpt, done.Attempts})

	next, err := s.Rotate(t.Context(), dana, "it leaked", h.ID)
	require.NoError(t, err)
	require.NotEqual(t, secret, next)
	w.commit("flag.updated", "again")
	got = w.wait(2)[1]
	at = got.header.Get("Webhook-Timestamp")
	for _, each := range []string{secret, next} {
		require.Contains(t, got.header.Get("Belay-Signature"), hex.EncodeToString(signature([]byte(each), at+"."+string(got.body))))
	}
	commits, err := w.journal.List(t.Context(), change.Filter{KindPrefix: "webhook."})
	require.NoError(t, err)
	text, err := json.Marshal(commits)
	require.NoError(t, err)
	require.NotContains(t, string(text), "whsec_")
}

func TestWhatWasCommittedBeforeACrashArrivesAfterIt(t *testing.T) {
	w := newWorld(t)
	dead := w.service() // made the hook and died before it sent anything
	w.add(dead)
	for _, subject := range []string{"a", "b", "c"} {
		w.commit("flag.updated", subject)
	}
	w.start(w.service())
	var subjects []string
	for _, r := range w.wait(3) {
		subjects = append(subjects, r.message.Commit.Changes[0].Subject)
	}
	require.Equal(t, []string{"a", "b", "c"}, subjects)
}

func TestAFailingReceiverIsAskedAgainLaterInOrderAndGivenUpAfterADay(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.start(s)
	h, _ := w.add(s)
	w.set(http.StatusInternalServerError, 0)
	w.commit("flag.updated", "first")
	first := w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Attempts == 1 })
	require.Equal(t, "it answered 500; only 200 to 299 count as received", first.Problem)
	require.Greater(t, first.NextAt.Sub(*first.SentAt), 3*time.Second)
	w.commit("flag.updated", "second")

	w.set(http.StatusInternalServerError, 10*time.Second)
	s.Wake()
	w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Attempts == 2 })
	w.set(http.StatusOK, time.Hour)
	s.Wake()
	got := w.wait(4)
	require.Equal(t, []string{"first", "first", "first", "second"}, []string{
		got[0].message.Commit.Changes[0].Subject, got[1].message.Commit.Changes[0].Subject,
		got[2].message.Commit.Changes[0].Subject, got[3].message.Commit.Changes[0].Subject,
	})
	require.Equal(t, got[0].message.ID, got[2].message.ID)
	w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Number == 2 && d.State == webhook.Delivered })

	w.set(http.StatusGone, 0)
	w.commit("flag.updated", "third")
	w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Number == 3 && d.Attempts == 1 })
	w.set(http.StatusGone, 25*time.Hour)
	s.Wake()
	w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Number == 3 && d.Attempts == 2 })
	for {
		found, err := s.Find(t.Context(), h.ID)
		require.NoError(t, err)
		if found.Disabled != "" {
			require.Contains(t, found.Disabled, "it did not take a message for 24 hours, last because: it answered 410")
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	_, err := s.Ping(t.Context(), h.ID)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)

	w.set(http.StatusOK, 0)
	on := true
	_, err = s.Change(t.Context(), dana, "it is mended", h.ID, webhook.Patch{Enabled: &on})
	require.NoError(t, err)
	w.until(s, h.ID, func(d webhook.Delivery) bool { return d.Number == 3 && d.State == webhook.Delivered })
	before := len(w.wait(7))
	require.NoError(t, s.Redeliver(t.Context(), h.ID, w.until(s, h.ID, func(webhook.Delivery) bool { return true }).ID))
	w.wait(before + 1)
}

func TestOnlyOneNodeSends(t *testing.T) {
	w := newWorld(t)
	one, two := w.service(), w.service()
	h, _ := w.add(one)
	stop := w.start(one)
	w.commit("flag.updated", "a")
	w.wait(1)
	w.until(one, h.ID, func(d webhook.Delivery) bool { return d.State == webhook.Delivered })
	w.start(two)
	w.commit("flag.updated", "b")
	w.wait(2)
	w.until(one, h.ID, func(d webhook.Delivery) bool { return d.Number == 2 && d.State == webhook.Delivered })
	stop() // gives the duty back
	w.commit("flag.updated", "c")
	w.until(two, h.ID, func(d webhook.Delivery) bool { return d.Number == 3 && d.State == webhook.Delivered })
	require.Len(t, w.wait(3), 3)
}

func TestWhatIsWrongWithAHookIsSaid(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	for _, n := range []webhook.NewHook{
		{URL: "ftp://x.example", Kinds: []string{"flag."}}, {URL: w.receiver.URL}, {URL: w.receiver.URL, Kinds: []string{"weather."}},
	} {
		_, _, err := s.Add(t.Context(), dana, "a test needs it", w.env.ID, n)
		require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	}
	_, err := s.Find(t.Context(), "whk_none")
	require.True(t, fault.Is(err, fault.NotFound))
}
