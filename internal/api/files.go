package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/policy"
	"github.com/siteproof/belay/internal/transfer"
)

// maxFileBody is the largest request body with a file in it, whose text takes up to twice its size as JSON.
const maxFileBody = 2*transfer.MaxText + 1<<10

// FileText is a file: Belay's own in YAML or JSON, Flagsmith's environment document, or its export of features.
type FileText struct {
	Name        string `json:"name,omitempty" maxLength:"200" doc:"What messages call it; its name on disk."`
	Text        string `json:"text" doc:"What stands in it."`
	Environment string `json:"environment,omitempty" maxLength:"100" doc:"Where a file of one environment goes; without it, to the environment that it names."`
	Otherwise   string `json:"otherwise,omitempty" maxLength:"100" doc:"Where a file goes that names no environment."`
	Prune       bool   `json:"prune,omitempty" doc:"Remove what the file does not have."`
	AdoptKey    bool   `json:"adopt_key,omitempty" doc:"Let the client key of a foreign file open the environment too; for administrators."`
}

func (f FileText) request() transfer.Request {
	return transfer.Request{Name: f.Name, Text: []byte(f.Text), Into: f.Environment, Otherwise: f.Otherwise, Prune: f.Prune, AdoptKey: f.AdoptKey}
}

// FileToApply is a file with the reason for applying it.
type FileToApply struct {
	FileText
	Reason    string           `json:"reason" minLength:"3" maxLength:"500"`
	Revisions map[string]int64 `json:"revisions,omitempty" doc:"What the comparison said, by environment: when one has moved since, nothing is applied."`
}

// FileDifference is what a file changes.
type FileDifference struct {
	Differs     bool                  `json:"differs"`
	Differences []transfer.Difference `json:"differences"`
}

// WrittenFile is an environment as a file.
type WrittenFile struct {
	Name  string   `json:"name"`
	Text  string   `json:"text"`
	Notes []string `json:"notes,omitempty"` // what a foreign form does not hold, or holds in another way
}

// flagsmithForm is the form of Flagsmith's environment document.
const flagsmithForm = "flagsmith"

func (a *API) files() {
	route(a, http.MethodPost, "/files/compare", auth.Read, "What a file would change",
		func(_ context.Context, in *struct{ Body FileText }) (*body[FileDifference], error) {
			differences, err := a.Transfer.Compare(in.Body.request())
			if err != nil {
				return nil, err
			}
			return answer(FileDifference{Differs: transfer.Differs(differences), Differences: differences}), nil
		}, bodyUpTo(maxFileBody))
	route(a, http.MethodPost, "/files/apply", auth.Operate, "Make environments what a file says, in one commit",
		func(ctx context.Context, in *struct{ Body FileToApply }) (*body[FileDifference], error) {
			if in.Body.AdoptKey && !auth.May(principal(ctx).Role, auth.Administer) {
				return nil, fault.New(fault.Forbidden, "only administrators adopt keys").Hint("apply the file without, and ask an administrator for the key")
			}
			differences, err := a.Transfer.Apply(ctx, principal(ctx).Actor(), in.Body.Reason, in.Body.request(), in.Body.Revisions)
			if err != nil {
				return nil, err
			}
			return answer(FileDifference{Differs: transfer.Differs(differences), Differences: differences}), nil
		}, bodyUpTo(maxFileBody))
	route(a, http.MethodGet, "/files", auth.Read, "Environments as a file of Belay's own, or one as Flagsmith's environment document",
		func(_ context.Context, in *struct {
			Environments string `query:"environments" maxLength:"2000" required:"true" doc:"their keys, with commas between them"`
			Format       string `query:"format" enum:"yaml,json,flagsmith" default:"yaml"`
		},
		) (*body[WrittenFile], error) {
			write := a.writeFile
			if in.Format == flagsmithForm {
				write = a.writeDocument
			}
			written, err := write(strings.Split(in.Environments, ","), in.Format)
			if err != nil {
				return nil, err
			}
			return answer(written), nil
		})
}

func (a *API) writeFile(environments []string, format string) (WrittenFile, error) {
	file, err := a.Transfer.Export(environments)
	if err != nil {
		return WrittenFile{}, err
	}
	write := file.YAML
	if format == "json" {
		write = file.JSON
	}
	text, err := write()
	if err != nil {
		return WrittenFile{}, fault.New(fault.Internal, "write the file: %w", err)
	}
	name := "belay"
	if file.Environment != "" {
		name = file.Environment
	}
	return WrittenFile{Name: name + "." + format, Text: string(text)}, nil
}

// writeDocument writes one environment for Flagsmith's clients.
func (a *API) writeDocument(environments []string, _ string) (WrittenFile, error) {
	if len(environments) != 1 {
		return WrittenFile{}, fault.New(fault.Invalid, "Flagsmith's document is of one environment, not of %d", len(environments)).
			At("environments", "one").Hint("export them one after the other")
	}
	env, err := a.environment(environments[0])
	if err != nil {
		return WrittenFile{}, err
	}
	text, notes, err := a.Document(env, a.Flags.Snapshot(env.ID))
	if err != nil {
		return WrittenFile{}, fault.New(fault.Internal, "write the document: %w", err)
	}
	return WrittenFile{Name: env.Key + ".flagsmith.json", Text: string(text), Notes: notes}, nil
}

// bodyUpTo lets a route take larger bodies than others.
func bodyUpTo(bytes int64) func(*huma.Operation) {
	return func(op *huma.Operation) { op.MaxBodyBytes = bytes }
}

// FileSchema describes Belay's own file as a JSON Schema, for editors.
func FileSchema() map[string]any {
	return schemaOf(reflect.TypeFor[transfer.File](), "Belay's own file of flags and segments")
}

// PolicySchema describes the policy of a rollout as a JSON Schema, for editors.
func PolicySchema() map[string]any {
	return schemaOf(reflect.TypeFor[policy.File](), "Policy of a rollout of Belay")
}

func schemaOf(t reflect.Type, title string) map[string]any {
	registry := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	root := registry.Schema(t, true, "File")
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "$ref": root.Ref, "$defs": registry.Map(),
	}
}
