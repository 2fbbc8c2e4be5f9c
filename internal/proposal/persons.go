package proposal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// oneFor is how long somebody who was given an account, a password or a role counts as one person with the giver: long
// enough that colleagues see the new name under Team, and short enough that whoever joins a team can soon do the work.
const oneFor = 7 * 24 * time.Hour

// People says who there is and what they were given by others.
type People interface {
	People(ctx context.Context) ([]auth.Person, error)
	Gifts(ctx context.Context, since time.Time) ([]auth.Gift, error)
}

// Obstacle is why somebody's approval would not count.
type Obstacle struct {
	Why   string    `json:"why"`   // one sentence
	Until time.Time `json:"until"` // when it ends by itself
}

// Approver is somebody who may approve changes.
type Approver struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Obstacle *Obstacle `json:"obstacle,omitempty"` // why their approval of this request would not count now
}

// Approvers lists who else may approve a request that waits, and whose approval would count.
func (s *Service) Approvers(ctx context.Context, p Proposal) ([]Approver, error) {
	if p.State != Waiting {
		return nil, nil
	}
	people, err := s.People.People(ctx)
	if err != nil {
		return nil, err
	}
	ties, err := s.ties(ctx, recorded(p.Steps))
	if err != nil {
		return nil, err
	}
	out := []Approver{}
	for _, person := range people {
		actor := change.Actor{Kind: change.Person, ID: person.ID, Name: person.Name}
		if !person.Active || person.Password == "" || !auth.May(person.Role, auth.Operate) || spoke(p, actor) {
			continue
		}
		out = append(out, Approver{ID: person.ID, Name: person.Name, Obstacle: ties.obstacle(p, actor)})
	}
	return out, nil
}

// Obstacles says of requests why somebody's approval would not count, by the request's id. It leaves out those that do
// not wait for the approval of others than this person.
func (s *Service) Obstacles(ctx context.Context, actor change.Actor, requests []Proposal) (map[string]Obstacle, error) {
	found := map[string]Obstacle{}
	if actor.Kind != change.Person {
		return found, nil
	}
	lately, err := s.lately(ctx)
	if err != nil || len(lately.gifts) == 0 {
		return found, err
	}
	for _, p := range requests {
		if p.State != Waiting || spoke(p, actor) {
			continue
		}
		ties, err := lately.ties(ctx, recorded(p.Steps))
		if err != nil {
			return nil, err
		}
		if o := ties.obstacle(p, actor); o != nil {
			found[p.ID] = *o
		}
	}
	return found, nil
}

// spoke says whether somebody asked for the request or has approved it.
func spoke(p Proposal, actor change.Actor) bool {
	return same(p.By, actor) || slices.ContainsFunc(p.Approvals, func(a Consent) bool { return same(a.By, actor) })
}

// lately is what people were given in the last days, wherever that counts.
type lately struct {
	service *Service
	since   time.Time
	gifts   []auth.Gift
	began   map[string]time.Time // when environments began to ask for approvals, or since
}

func (s *Service) lately(ctx context.Context) (*lately, error) {
	since := s.Now().Add(-oneFor)
	gifts, err := s.People.Gifts(ctx, since)
	return &lately{service: s, since: since, gifts: gifts, began: map[string]time.Time{}}, err
}

// ties are what counts of it for one request, by who got it.
type ties map[string][]auth.Gift

func (s *Service) ties(ctx context.Context, changes []change.Change) (ties, error) {
	l, err := s.lately(ctx)
	if err != nil || len(l.gifts) == 0 {
		return nil, err
	}
	return l.ties(ctx, changes)
}

// ties reads what counts for changes. What was given before their environments began to ask for approvals does not:
// whoever gave it could have made the changes alone then.
func (l *lately) ties(ctx context.Context, changes []change.Change) (ties, error) {
	from := l.service.Now()
	for _, ch := range changes {
		if !changesFlags(ch) && ch.Kind != environmentUpdated {
			continue
		}
		began, err := l.asksSince(ctx, ch.EnvironmentID)
		if err != nil {
			return nil, err
		}
		if began.Before(from) {
			from = began
		}
	}
	t := ties{}
	for _, g := range l.gifts {
		if g.At.After(from) {
			t[g.To] = append(t[g.To], g)
		}
	}
	return t, nil
}

// asksSince is when an environment began to ask for approvals, or since when that is before it.
func (l *lately) asksSince(ctx context.Context, environmentID string) (time.Time, error) {
	if at, known := l.began[environmentID]; known {
		return at, nil
	}
	f := change.Filter{EnvironmentID: environmentID, KindPrefix: "environment.", Since: l.since, Limit: mostLooked}
	commits, err := l.service.Journal.List(ctx, f)
	if err != nil {
		return time.Time{}, err
	}
	at := l.since
	for _, c := range slices.Backward(commits) { // the newest has the last word
		for _, ch := range c.Changes {
			if ch.EnvironmentID == environmentID && approvalsOf(ch.Before) == 0 && approvalsOf(ch.After) > 0 {
				at = c.At
			}
		}
	}
	l.began[environmentID] = at
	return at, nil
}

// mostLooked is how many commits about an environment are looked through for when it began to ask for approvals. Where
// there were more in a week, everything that was given in the week counts.
const mostLooked = 500

// obstacle says why somebody's approval would not count beside those who asked for a request and approved it, nil when
// it would.
func (t ties) obstacle(p Proposal, actor change.Actor) *Obstacle {
	if path := t.unknown(actor.ID); path != nil {
		return &Obstacle{
			Why:   fmt.Sprintf("Who acts as %s is not known: %s.", actor.Name, sayGifts(path)),
			Until: t.until(func(t ties) bool { return t.unknown(actor.ID) != nil }),
		}
	}
	others := []change.Actor{p.By}
	for _, a := range p.Approvals {
		others = append(others, a.By)
	}
	for _, other := range others {
		if other.Kind != change.Person {
			continue
		}
		if path := t.between(actor.ID, other.ID); path != nil {
			return &Obstacle{
				Why:   fmt.Sprintf("%s and %s count as one person: %s.", actor.Name, other.Name, sayGifts(path)),
				Until: t.until(func(t ties) bool { return t.between(actor.ID, other.ID) != nil }),
			}
		}
	}
	return nil
}

// origins are in whose hands an account may be: who gave it something, and who gave those something; with the gifts
// that lead there.
func (t ties) origins(person string) map[string][]auth.Gift {
	found := map[string][]auth.Gift{person: {}}
	for next := []string{person}; len(next) > 0; next = next[1:] {
		for _, g := range t[next[0]] {
			if _, seen := found[g.From.ID]; !seen {
				found[g.From.ID] = append(slices.Clip(found[next[0]]), g)
				next = append(next, g.From.ID)
			}
		}
	}
	return found
}

// between gives the gifts that put two accounts into one hand, nil when none do.
func (t ties) between(a, b string) []auth.Gift {
	var shortest []auth.Gift
	ofA, ofB := t.origins(a), t.origins(b)
	for _, who := range slices.Sorted(maps.Keys(ofA)) {
		if rest, both := ofB[who]; both && (shortest == nil || len(ofA[who])+len(rest) < len(shortest)) {
			shortest = slices.Concat(ofA[who], rest)
		}
	}
	return shortest
}

// unknown gives the gifts by which an account may be in the hands of whoever used a token, nil when there are none.
func (t ties) unknown(person string) []auth.Gift {
	origins := t.origins(person)
	for _, who := range slices.Sorted(maps.Keys(origins)) {
		if path := origins[who]; len(path) > 0 && path[len(path)-1].From.Kind == change.Token {
			return path
		}
	}
	return nil
}

// until is when something that rests on gifts does not hold any more.
func (t ties) until(holds func(ties) bool) time.Time {
	var ends []time.Time
	for _, gifts := range t {
		for _, g := range gifts {
			ends = append(ends, g.At.Add(oneFor))
		}
	}
	slices.SortFunc(ends, time.Time.Compare)
	for _, end := range ends {
		left := ties{}
		for to, gifts := range t {
			left[to] = slices.DeleteFunc(slices.Clone(gifts), func(g auth.Gift) bool { return !g.At.Add(oneFor).After(end) })
		}
		if !holds(left) {
			return end
		}
	}
	return time.Time{}
}

func sayGifts(gifts []auth.Gift) string {
	var said []string
	for _, g := range gifts {
		giver := g.From.Name
		if g.From.Kind == change.Token {
			giver = fmt.Sprintf("whoever used the token %q", g.From.Name)
		}
		said = append(said, fmt.Sprintf("%s gave %s %s on %s", giver, g.Name, g.What, g.At.UTC().Format("2 Jan 2006")))
	}
	return strings.Join(said, ", and ")
}

// refusal is an obstacle as an error.
func (o Obstacle) refusal() error {
	return fault.New(fault.Forbidden, "%s", strings.TrimSuffix(o.Why, ".")).
		Hint("ask somebody who was in the team before, or approve it after %s", o.Until.UTC().Format("2 Jan 2006 15:04 MST"))
}
