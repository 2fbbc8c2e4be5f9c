package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
)

const secret = "correct horse battery"

// colleague is somebody who is signed in.
type colleague struct {
	b       *belay
	id      string
	name    string
	session string
}

// signed reads who an answer signed in.
func (b *belay) signed(r reply) *colleague {
	b.t.Helper()
	require.Equal(b.t, http.StatusOK, r.status, r.body)
	var who struct{ ID, Name string }
	require.NoError(b.t, json.Unmarshal([]byte(r.body), &who))
	cookies := (&http.Response{Header: r.header}).Cookies()
	require.Len(b.t, cookies, 1)
	return &colleague{b, who.ID, who.Name, "Cookie: " + cookies[0].Name + "=" + cookies[0].Value}
}

func (b *belay) signIn(name string) *colleague {
	b.t.Helper()
	return b.signed(b.ask(http.MethodPost, "/api/v1/session", []byte(`{"email":"`+name+`@example.org","password":"`+secret+`"}`)))
}

// call sends JSON in somebody's name and reads the answer into out, unless it is nil.
func (c *colleague) call(method, path, body string, out any) reply {
	c.b.t.Helper()
	got := c.b.ask(method, "/api/v1"+path, []byte(body), c.session, "X-Belay-Console: 1")
	if out != nil {
		require.Less(c.b.t, got.status, 300, got.body)
		require.NoError(c.b.t, json.Unmarshal([]byte(got.body), out))
	}
	return got
}

// lets lets somebody in with a password, and gives them signed in.
func (c *colleague) lets(name string, role auth.Role) *colleague {
	c.b.t.Helper()
	body := `{"name":"` + name + `","email":"` + name + `@example.org","password":"` + secret + `","role":"` + string(role) + `","reason":"a test needs it"}`
	c.call(http.MethodPost, "/people", body, &api.Invited{})
	return c.b.signIn(name)
}

// proposes asks for a change that has to wait, and gives its id.
func (c *colleague) proposes() string {
	c.b.t.Helper()
	got := c.call(http.MethodPatch, "/environments/production/flags/checkout", `{"enabled":true,"reason":"a test needs it"}`, nil)
	require.Equal(c.b.t, http.StatusAccepted, got.status, got.body)
	return got.header.Get("Belay-Change-Request")
}

func (c *colleague) approves(id string) proposal.Proposal {
	c.b.t.Helper()
	var p proposal.Proposal
	c.call(http.MethodPost, "/changes/"+id+"/approve", `{"reason":"a test needs it"}`, &p)
	return p
}

// cannotApprove checks that somebody's yes is refused, that why is said, and that the console could say it before.
func (c *colleague) cannotApprove(id, why string) {
	c.b.t.Helper()
	got := c.call(http.MethodPost, "/changes/"+id+"/approve", `{"reason":"a test needs it"}`, nil)
	requireProblem(c.b.t, got, http.StatusForbidden)
	require.Contains(c.b.t, got.body, why)
	require.Contains(c.b.t, got.body, "ask somebody who was in the team before")
	var one api.ChangeRequest
	c.call(http.MethodGet, "/changes/"+id, "", &one)
	require.NotNil(c.b.t, one.Obstacle)
	require.Contains(c.b.t, one.Obstacle.Why, strings.ReplaceAll(why, `\"`, `"`))
	var all []api.ChangeRequest
	c.call(http.MethodGet, "/environments/production/changes", "", &all)
	for _, r := range all {
		if r.ID == id {
			require.Equal(c.b.t, one.Obstacle, r.Obstacle)
		}
	}
}

// A second account, a password or a role makes nobody a second person, whoever of the two asks.
func TestWhoGaveAnAccountIsNoSecondPerson(t *testing.T) {
	b := start(t, t.TempDir())
	_, err := b.CreateFlag(t.Context(), "production", api.NewFlag{Key: "checkout", Type: flag.Boolean, Reason: because})
	require.NoError(t, err)
	ines := b.signed(b.ask(http.MethodPost, "/api/v1/setup", []byte(`{"name":"ines","email":"ines@example.org","password":"`+secret+`"}`)))
	mara, nora, olga := ines.lets("mara", auth.Operator), ines.lets("nora", auth.Operator), ines.lets("olga", auth.Viewer)
	ines.call(http.MethodPatch, "/environments/production", `{"settings":{"approvals":1},"reason":"a test needs it"}`, &api.Environment{})

	t.Run("who was there before approvals were asked for counts", func(t *testing.T) {
		require.Equal(t, proposal.Applied, mara.approves(ines.proposes()).State)
		_, err := b.ChangeFlag(t.Context(), "production", "checkout", api.FlagChange{Enabled: new(false), Reason: because})
		require.NoError(t, err)
	})

	second := ines.lets("second", auth.Operator)
	byInes := ines.proposes()
	t.Run("the account", func(t *testing.T) {
		second.cannotApprove(byInes, "second and ines count as one person: ines gave second the account on ")
		ines.cannotApprove(second.proposes(), "ines and second count as one person: ines gave second the account on ")
		third := ines.lets("third", auth.Operator)
		third.cannotApprove(second.proposes(), "third and second count as one person")
		var seen api.ChangeRequest
		ines.call(http.MethodGet, "/changes/"+byInes, "", &seen)
		require.Nil(t, seen.Obstacle, "what is one's own has another reason")
		may := map[string]bool{}
		for _, a := range seen.Approvers {
			may[a.Name] = a.Obstacle == nil
		}
		require.Equal(t, map[string]bool{"mara": true, "nora": true, "second": false, "third": false}, may)
	})
	t.Run("the role", func(t *testing.T) {
		ines.call(http.MethodPatch, "/people/"+olga.id, `{"role":"operator","reason":"a test needs it"}`, &api.Member{})
		olga.cannotApprove(byInes, "ines gave olga the role on ")
	})
	t.Run("the password, once it is used", func(t *testing.T) {
		var link api.Invited
		ines.call(http.MethodPost, "/people/"+nora.id+"/link", `{"reason":"a test needs it"}`, &link)
		var seen api.ChangeRequest
		nora.call(http.MethodGet, "/changes/"+byInes, "", &seen)
		require.Nil(t, seen.Obstacle, "nobody but nora has her password yet")
		_, key, _ := strings.Cut(link.Link, "#")
		taken := b.signed(b.ask(http.MethodPost, "/api/v1/welcome", []byte(`{"secret":"`+key+`","password":"`+secret+`"}`)))
		taken.cannotApprove(byInes, "ines gave nora the password on ")
	})
	t.Run("two approvals have to be two people's too", func(t *testing.T) {
		_, err := b.ChangeFlag(t.Context(), "production", "checkout", api.FlagChange{Enabled: new(true), Reason: because})
		var waits *client.WaitsError
		require.ErrorAs(t, err, &waits)
		var all []api.ChangeRequest
		mara.call(http.MethodGet, "/environments/production/changes?open=true", "", &all)
		byToken := all[0]
		require.Equal(t, 2, byToken.Needed)
		require.Contains(t, byToken.Extra, "proposed with the token")
		require.Equal(t, proposal.Waiting, second.approves(byToken.ID).State)
		ines.cannotApprove(byToken.ID, "ines and second count as one person")
		require.Equal(t, proposal.Applied, mara.approves(byToken.ID).State)
		_, err = b.ChangeFlag(t.Context(), "production", "checkout", api.FlagChange{Enabled: new(false), Reason: because})
		require.NoError(t, err)
	})
	t.Run("with a token", func(t *testing.T) {
		_, err := b.AddPerson(t.Context(), api.NewMember{Name: "tom", Email: "tom@example.org", Role: auth.Operator, Password: secret, Reason: because})
		require.NoError(t, err)
		tom := b.signIn("tom")
		tom.cannotApprove(mara.proposes(), `Who acts as tom is not known: whoever used the token \"command line\" gave tom the account on `)
		byTom := tom.proposes()
		require.Equal(t, proposal.Waiting, ines.approves(byTom).State)
		require.Equal(t, proposal.Applied, mara.approves(byTom).State, "one person more makes up for it")
	})
}
