package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	// mostExamined and examineFor bound what one preview does: people looked at, and for how long.
	mostExamined = 50_000
	examineFor   = 2 * time.Second
	// mostExamining is how many previews run at once; others wait.
	mostExamining = 2
	mostNamed     = 10    // people that a preview names on each side
	mostSurveyed  = 5_000 // people whose traits are looked at for their names and forms
)

// SegmentPath is the part of a path that names a segment.
type SegmentPath struct {
	EnvironmentPath
	Key string `path:"key" maxLength:"150"`
}

func (a *API) segments() {
	route(a, http.MethodGet, "/environments/{env}/segments", auth.Read, "Every segment, with the flags that use it", a.listSegments)
	route(a, http.MethodGet, "/environments/{env}/segments/{key}", auth.Read, "One segment", a.findSegment)
	route(a, http.MethodPut, "/environments/{env}/segments/{key}", auth.Operate, "Make a segment, or replace its description and rules", a.putSegment)
	route(a, http.MethodDelete, "/environments/{env}/segments/{key}", auth.Operate, "Delete a segment that no flag uses",
		func(ctx context.Context, in *struct {
			SegmentPath
			Body Because
		},
		) (*struct{}, error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			return nil, a.Flags.DeleteSegment(ctx, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Key)
		})
	route(a, http.MethodPost, "/environments/{env}/segments/preview", auth.Read, "Who would be in a segment, and on what clients disagree", a.previewSegment)
	route(a, http.MethodGet, "/environments/{env}/traits", auth.Read, "The traits that are known, for conditions", a.properties)
	route(a, http.MethodGet, "/environments/{env}/lint", auth.Read, "What clients that evaluate locally may decide otherwise", a.lint)
}

func segmentEntry(s *flag.Snapshot, g flag.Segment) SegmentEntry {
	out := SegmentEntry{Segment: g, Sentence: flag.Say(g.Rules), Users: []SegmentUse{}, Findings: flag.Lint(g.Rules, nil)}
	for _, f := range s.Users(g.Key) {
		for _, o := range f.Segments {
			if o.For == g.Key {
				out.Users = append(out.Users, SegmentUse{Flag: f.Key, Enabled: o.Enabled, Priority: o.Priority})
			}
		}
	}
	return out
}

func (a *API) listSegments(_ context.Context, in *EnvironmentPath) (*body[[]SegmentEntry], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	s := a.Flags.Snapshot(env.ID)
	var all []SegmentEntry
	for _, g := range s.Segments() {
		all = append(all, segmentEntry(s, g))
	}
	return list(all), nil
}

func noSegment(key string) error {
	return fault.New(fault.NotFound, "there is no segment %q", key).Hint("belay segment list shows the segments")
}

func (a *API) findSegment(_ context.Context, in *SegmentPath) (*body[SegmentEntry], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	s := a.Flags.Snapshot(env.ID)
	g, known := s.Segment(in.Key)
	if !known {
		return nil, noSegment(in.Key)
	}
	return answer(segmentEntry(s, g)), nil
}

func (a *API) putSegment(ctx context.Context, in *struct {
	SegmentPath
	Body SegmentChange
},
) (*body[SegmentEntry], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	actor, change := principal(ctx).Actor(), in.Body
	// Inside one commit nobody else changes the segment between the look at it and the write.
	_, err = a.Journal.Commit(ctx, actor, change.Reason, func(ctx context.Context) error {
		now, known := a.Flags.Snapshot(env.ID).Segment(in.Key)
		switch {
		case change.Create && known:
			return fault.New(fault.Conflict, "there is a segment %q already", in.Key).At("key", "is taken")
		case change.SeenAt != nil && (!known || !now.UpdatedAt.Equal(*change.SeenAt)):
			return fault.New(fault.Conflict, "the segment %q was changed while you edited it", in.Key).Hint("look at what it is now, and change that")
		}
		_, err := a.Flags.PutSegment(ctx, actor, change.Reason, flag.Segment{
			EnvironmentID: env.ID, Key: in.Key, Description: change.Description, Rules: change.Rules,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.findSegment(ctx, &in.SegmentPath)
}

func (a *API) previewSegment(ctx context.Context, in *struct {
	EnvironmentPath
	Body SegmentDraft
},
) (*body[SegmentPreview], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	key := in.Body.Key
	if key == "" {
		key = "new"
	}
	next, err := a.Flags.Snapshot(env.ID).With(flag.Segment{EnvironmentID: env.ID, Key: key, Rules: in.Body.Rules})
	if err != nil {
		return nil, err
	}
	out := SegmentPreview{Sentence: flag.Say(in.Body.Rules), In: []string{}, Out: []string{}}
	select {
	case a.examining <- struct{}{}:
		defer func() { <-a.examining }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	member, kinds := next.Members(key), flag.Kinds{}
	until := time.Now().Add(examineFor)
	survey, err := a.People.Survey(ctx, env.ID, mostExamined, func(p identity.Person) bool {
		kinds.See(p.Traits)
		side := &out.Out
		if member(contextOf(env, p.Identifier, p.Traits)) {
			out.Matching++
			side = &out.In
		}
		if len(*side) < mostNamed {
			*side = append(*side, p.Identifier)
		}
		return ctx.Err() == nil && time.Now().Before(until)
	})
	if err != nil {
		return nil, err
	}
	out.Examined, out.Known, out.Recent = survey.Visited, survey.Known, survey.Recent
	out.Findings = flag.Lint(in.Body.Rules, kinds)
	return answer(out), nil
}

func contextOf(env tenant.Environment, identifier string, traits map[string]any) flag.Context {
	return flag.Context{TargetingKey: identifier, Traits: traits, EnvironmentKey: env.HashKey, EnvironmentName: env.Name}
}

func (a *API) properties(ctx context.Context, in *EnvironmentPath) (*body[[]Property], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	kinds, err := a.kinds(ctx, env.ID)
	if err != nil {
		return nil, err
	}
	var all []Property
	for name, kind := range kinds {
		all = append(all, Property{Name: name, Kind: kind, Known: kind.Total()})
	}
	slices.SortFunc(all, func(x, y Property) int { return strings.Compare(x.Name, y.Name) })
	return list(all), nil
}

// kinds are the forms in which traits arrive, as seen at those who changed last.
func (a *API) kinds(ctx context.Context, environmentID string) (flag.Kinds, error) {
	kinds := flag.Kinds{}
	_, err := a.People.Survey(ctx, environmentID, mostSurveyed, func(p identity.Person) bool {
		kinds.See(p.Traits)
		return true
	})
	return kinds, err
}

func (a *API) lint(ctx context.Context, in *EnvironmentPath) (*body[[]LintEntry], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	kinds, err := a.kinds(ctx, env.ID)
	if err != nil {
		return nil, err
	}
	s := a.Flags.Snapshot(env.ID)
	return list(lintOf(s.Segments(), s.Flags(), kinds)), nil
}

func lintOf(segments []flag.Segment, flags []flag.Flag, kinds flag.Kinds) []LintEntry {
	all := []LintEntry{}
	for _, g := range segments {
		for _, f := range flag.Lint(g.Rules, kinds) {
			all = append(all, LintEntry{Subject: "segment", Key: g.Key, Finding: f})
		}
	}
	for _, each := range flags {
		for _, f := range flag.LintFlag(each) {
			all = append(all, LintEntry{Subject: "flag", Key: each.Key, Finding: f})
		}
	}
	return all
}
