package flagsmith

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	maxIdentifier = 2000 // bytes
	maxTrait      = 2000 // characters of a trait's text
	maxTraits     = 1000 // of one request
	maxBulk       = 100  // identities of one request
)

type (
	trait struct {
		Key       string `json:"trait_key"`
		Value     any    `json:"trait_value"`
		Transient bool   `json:"transient,omitempty"`
	}
	identityRequest struct {
		Identifier string  `json:"identifier"`
		Traits     []trait `json:"traits"`
		Transient  bool    `json:"transient"`
	}
	identityAnswer struct {
		Identifier string         `json:"identifier"`
		Flags      []identityFlag `json:"flags"`
		Traits     []trait        `json:"traits"`
	}
)

func (d *door) identify(c *call) error {
	var in identityRequest
	if c.r.Method == http.MethodGet {
		query := c.r.URL.Query()
		in.Identifier, in.Transient = query.Get("identifier"), query.Get("transient") == "true"
		if in.Identifier == "" {
			return fault.New(fault.Invalid, "Missing identifier")
		}
	} else if err := c.read(&in, maxBody); err != nil {
		return err
	}
	answer, err := d.identity(c, in)
	if err != nil {
		return err
	}
	return c.give(answer)
}

func (d *door) identifyMany(c *call) error {
	var in struct {
		Data []identityRequest `json:"data"`
	}
	if err := c.read(&in, maxBulkBody); err != nil {
		return err
	}
	if len(in.Data) > maxBulk {
		return fault.New(fault.Invalid, "at most %d identities may be sent at once", maxBulk)
	}
	out := struct {
		Data []identityAnswer `json:"data"`
	}{[]identityAnswer{}}
	for _, one := range in.Data {
		answer, err := d.identity(c, one)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, answer)
	}
	return c.give(out)
}

// identity keeps what is to be kept and evaluates with all that is known.
func (d *door) identity(c *call, in identityRequest) (identityAnswer, error) {
	sent, transient, err := in.read()
	if err != nil {
		return identityAnswer{}, err
	}
	var kept identity.Traits
	switch {
	case in.Identifier == "":
		in.Identifier, kept = anonymous(sent), identity.Traits{}
		in.Transient = true
	case in.Transient:
		kept, err = d.Identities.Find(c.r.Context(), c.environment.ID, in.Identifier)
	default:
		keep := identity.Traits{}
		for key, value := range sent {
			if !transient[key] {
				keep[key] = value
			}
		}
		kept, err = d.Identities.Merge(c.r.Context(), c.environment.ID, in.Identifier, keep)
	}
	if err != nil {
		return identityAnswer{}, err
	}
	known := map[string]any{}
	maps.Copy(known, kept)
	for key, value := range sent {
		if known[key] = value; value == nil {
			delete(known, key)
		}
	}
	answer := identityAnswer{Identifier: in.Identifier, Traits: []trait{}}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		answer.Traits = append(answer.Traits, trait{key, known[key], transient[key]})
	}
	answer.Flags = c.answers(flag.Context{TargetingKey: in.Identifier, Traits: known})
	return answer, nil
}

// read checks a request and gives its traits; those that are to be taken away are nil.
func (in *identityRequest) read() (traits map[string]any, transient map[string]bool, err error) {
	if len(in.Identifier) > maxIdentifier {
		return nil, nil, fault.New(fault.Invalid, "an identifier has at most %d bytes", maxIdentifier)
	}
	if len(in.Traits) > maxTraits {
		return nil, nil, fault.New(fault.Invalid, "at most %d traits may be sent at once", maxTraits)
	}
	traits, transient = map[string]any{}, map[string]bool{}
	for _, t := range in.Traits {
		if t.Key == "" || len(t.Key) > maxTrait {
			return nil, nil, fault.New(fault.Invalid, "a trait's key has 1 to %d bytes", maxTrait)
		}
		value := scalar(t.Value)
		if text, is := value.(string); is && utf8.RuneCountInString(text) > maxTrait {
			return nil, nil, fault.New(fault.Invalid, "the trait %q has more than %d characters", t.Key, maxTrait)
		}
		traits[t.Key] = value
		delete(transient, t.Key)
		if t.Transient {
			transient[t.Key] = true
		}
	}
	return traits, transient, nil
}

// scalar is a trait's value as it is kept: what is not text, a number, a boolean or nothing becomes text.
func scalar(value any) any {
	switch value.(type) {
	case nil, string, bool, json.Number:
		return value
	}
	text, err := json.Marshal(value)
	if err != nil { // cannot happen: it was JSON
		return nil
	}
	return string(text)
}

// anonymous names somebody by their traits: the same traits are the same identity.
func anonymous(traits map[string]any) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(traits)) {
		if value := traits[key]; value != nil {
			fmt.Fprintf(&b, "%s%v", key, value)
		}
	}
	if b.Len() == 0 {
		return strings.ToLower(rand.Text())
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// traitRequest is the form of the old calls, which set one trait.
type traitRequest struct {
	Identity struct {
		Identifier string `json:"identifier"`
	} `json:"identity"`
	Identifier string      `json:"identifier"`
	Key        string      `json:"trait_key"`
	Value      any         `json:"trait_value"`
	Increment  json.Number `json:"increment_by"`
}

func (d *door) putTrait(c *call, in traitRequest) error {
	request := identityRequest{Identifier: in.Identity.Identifier, Traits: []trait{{Key: in.Key, Value: in.Value}}}
	if request.Identifier == "" {
		return fault.New(fault.Invalid, "Missing identifier")
	}
	traits, _, err := request.read()
	if err != nil || !c.keepsTraits() {
		return err
	}
	_, err = d.Identities.Merge(c.r.Context(), c.environment.ID, request.Identifier, traits)
	return err
}

func (d *door) setTrait(c *call) error {
	var in traitRequest
	if err := c.read(&in, maxBody); err != nil {
		return err
	}
	if err := d.putTrait(c, in); err != nil {
		return err
	}
	return c.give(trait{Key: in.Key, Value: scalar(in.Value)})
}

func (d *door) setTraits(c *call) error {
	var in []traitRequest
	if err := c.read(&in, maxBody); err != nil {
		return err
	}
	if len(in) > maxTraits {
		return fault.New(fault.Invalid, "at most %d traits may be sent at once", maxTraits)
	}
	for _, one := range in {
		if err := d.putTrait(c, one); err != nil {
			return err
		}
	}
	return c.give(in)
}

func (d *door) incrementTrait(c *call) error {
	if c.side != tenant.Server && c.side != tenant.Client {
		return fault.New(fault.Forbidden, "this key may not set traits")
	}
	var in traitRequest
	if err := c.read(&in, maxBody); err != nil {
		return err
	}
	by, err := strconv.ParseInt(in.Increment.String(), 10, 64)
	if err != nil || in.Identifier == "" || in.Key == "" || len(in.Key) > maxTrait || len(in.Identifier) > maxIdentifier {
		return fault.New(fault.Invalid, "identifier, trait_key and a whole number increment_by are needed")
	}
	add := func(known identity.Traits) (identity.Traits, error) {
		value, is := new(big.Int), true
		if was, set := known[in.Key]; set {
			_, is = value.SetString(fmt.Sprint(was), 10)
		}
		if !is {
			return nil, fault.New(fault.Invalid, "the trait %q is not a whole number", in.Key)
		}
		return identity.Traits{in.Key: json.Number(value.Add(value, big.NewInt(by)).String())}, nil
	}
	traits, err := d.changeTraits(c, in.Identifier, add)
	if err != nil {
		return err
	}
	return c.give(map[string]any{"identifier": in.Identifier, "trait_key": in.Key, "trait_value": traits[in.Key]})
}

// changeTraits keeps what change makes of an identity's traits, or only says what it would be where none are kept.
func (d *door) changeTraits(c *call, identifier string, change func(identity.Traits) (identity.Traits, error)) (identity.Traits, error) {
	if c.keepsTraits() {
		return d.Identities.Update(c.r.Context(), c.environment.ID, identifier, change)
	}
	known, err := d.Identities.Find(c.r.Context(), c.environment.ID, identifier)
	if err != nil {
		return nil, err
	}
	return change(known)
}
