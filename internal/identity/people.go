package identity

import (
	"context"
	"maps"
	"time"
)

// Person is one identity with the traits that are kept of it.
type Person struct {
	Identifier string
	Traits     Traits
	UpdatedAt  time.Time
}

// Directory lists the identities whose traits are kept.
type Directory interface {
	// Count says how many there are.
	Count(ctx context.Context, environmentID string) (int, error)
	// Newest visits at most that many, those whose traits changed last first, until visit says false.
	Newest(ctx context.Context, environmentID string, most int, visit func(Person) bool) error
	// Person gives one, or false.
	Person(ctx context.Context, environmentID, identifier string) (Person, bool, error)
	// Begin lists those whose identifier begins with some text, in the order of identifiers.
	Begin(ctx context.Context, environmentID, text string, most int) ([]Person, error)
}

// People is everybody that Belay knows: whose traits it keeps, and who asked for flags lately.
type People struct {
	Directory
	recent *Recent
}

// NewPeople makes it.
func NewPeople(directory Directory, recent *Recent) *People { return &People{directory, recent} }

// Survey says how many people are known and how many of them were visited.
type Survey struct {
	Known   int // kept and recent together
	Visited int
	Recent  int // of the known, those that asked for flags lately and have no traits kept
}

// Survey visits the people that are known, at most that many, those that changed last first, until visit says false.
// Who asked lately comes with the traits that were sent then, which are not kept, besides those that are.
func (p *People) Survey(ctx context.Context, environmentID string, most int, visit func(Person) bool) (Survey, error) {
	kept, err := p.Count(ctx, environmentID)
	if err != nil {
		return Survey{}, err
	}
	recent := p.recent.people(environmentID)
	out := Survey{}
	goOn := true
	see := func(one Person) bool {
		out.Visited++
		goOn = visit(one)
		return goOn
	}
	err = p.Newest(ctx, environmentID, most, func(one Person) bool {
		if lately, asked := recent[one.Identifier]; asked {
			one.Traits = lately.over(one.Traits)
			delete(recent, one.Identifier)
		}
		return see(one)
	})
	if err != nil {
		return Survey{}, err
	}
	for _, one := range recent {
		if !goOn || out.Visited >= most {
			break
		}
		see(one)
	}
	// Beyond what was visited nobody knows who of the recent ones is kept as well; they are counted as if none were.
	out.Recent = len(recent)
	out.Known = kept + out.Recent
	return out, ctx.Err()
}

// over is what somebody sent lately, over what is kept of them.
func (p Person) over(kept Traits) Traits {
	out := make(Traits, len(kept)+len(p.Traits))
	for _, traits := range []Traits{kept, p.Traits} {
		maps.Copy(out, traits)
	}
	return out
}

// Lately gives the traits that somebody sent with a request lately, none when that is not remembered.
func (p *People) Lately(environmentID, identifier string) Traits {
	return p.recent.Find(environmentID, identifier)
}
