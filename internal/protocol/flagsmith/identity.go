package flagsmith

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/plainjson"
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
)

func (d *door) identify(c *call) error {
	var in identityRequest
	if c.r.Method == http.MethodGet {
		query := c.r.URL.Query()
		in.Identifier, in.Transient = query.Get("identifier"), query.Get("transient") == "true"
		if in.Identifier == "" {
			return fault.New(fault.Invalid, "Missing identifier")
		}
	} else if err := c.readIdentity(&in); err != nil {
		return err
	}
	who, err := d.known(c, in)
	if err != nil {
		return err
	}
	if c.r.Method == http.MethodGet && c.unchanged(string(who.appendHead(nil, c))) {
		return nil
	}
	answer := d.appendIdentity(d.bytes.Take(), c, who)
	c.ok(answer)
	d.bytes.GiveBack(answer)
	return nil
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
	answer := append(d.bytes.Take(), `{"data":[`...)
	for i, one := range in.Data {
		who, err := d.known(c, one)
		if err != nil {
			return err
		}
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = d.appendIdentity(answer, c, who)
	}
	answer = append(answer, "]}"...)
	c.ok(answer)
	d.bytes.GiveBack(answer)
	return nil
}

// person is somebody with all that is known of them.
type person struct {
	identifier string
	traits     map[string]any // not to be changed
	transient  map[string]bool
}

// known keeps what is to be kept, and gives all that is known of whom a request is for.
func (d *door) known(c *call, in identityRequest) (person, error) {
	sent, transient, err := in.read()
	if err != nil {
		return person{}, err
	}
	anonymously := in.Identifier == ""
	if anonymously {
		in.Identifier = anonymous(sent)
	}
	settings := &c.environment.Settings
	if settings.IgnoreClientTraits && c.side == tenant.Client {
		sent, transient = nil, nil
	}
	who := person{in.Identifier, nil, transient}
	if anonymously {
		who.traits = over(nil, sent)
		return who, nil
	}
	if in.Transient || settings.ForgetTraits {
		kept, err := d.Identities.Find(c.r.Context(), c.environment.ID, in.Identifier)
		who.traits = over(kept, sent)
		return who, err
	}
	keep := sent
	if len(transient) > 0 {
		keep = maps.Clone(sent)
		maps.DeleteFunc(keep, func(key string, _ any) bool { return transient[key] })
	}
	kept, err := d.Identities.Merge(c.r.Context(), c.environment.ID, in.Identifier, keep)
	if who.traits = kept; len(transient) > 0 {
		who.traits = over(kept, sent)
	}
	return who, err
}

// over is what was sent over what is kept; what was sent as nothing is taken away.
func over(kept identity.Traits, sent map[string]any) map[string]any {
	if len(sent) == 0 {
		return kept
	}
	out := make(map[string]any, len(kept)+len(sent))
	maps.Copy(out, kept)
	for key, value := range sent {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

// appendIdentity evaluates for somebody and writes the answer.
func (d *door) appendIdentity(to []byte, c *call, who person) []byte {
	if d.OnIdentity != nil && !c.environment.Settings.ForgetTraits {
		d.OnIdentity(c.environment.ID, who.identifier, who.traits)
	}
	decisions := c.decide(flag.Context{TargetingKey: who.identifier, Traits: who.traits})
	to = append(who.appendHead(to, c), `,"flags":`...)
	to = append(c.appendIdentityFlags(to, decisions), '}')
	d.decisions.GiveBack(decisions)
	return to
}

// appendHead writes what an answer says of the identity itself.
func (p *person) appendHead(to []byte, c *call) []byte {
	to = plainjson.AppendText(append(to, `{"identifier":`...), p.identifier)
	to = append(to, `,"traits":[`...)
	if c.environment.Settings.HideSensitiveData {
		return append(to, ']')
	}
	for i, key := range slices.Sorted(maps.Keys(p.traits)) {
		if i > 0 {
			to = append(to, ',')
		}
		to = plainjson.AppendText(append(to, `{"trait_key":`...), key)
		to = append(to, `,"trait_value":`...)
		switch value := p.traits[key].(type) {
		case string:
			to = plainjson.AppendText(to, value)
		case json.Number:
			to = append(to, value...)
		case bool:
			to = strconv.AppendBool(to, value)
		default: // cannot happen: traits are scalars
			to = append(to, "null"...)
		}
		if p.transient[key] {
			to = append(to, `,"transient":true`...)
		}
		to = append(to, '}')
	}
	return append(to, ']')
}

// readIdentity reads the body of a request. What clients usually send is read at once, all else by reflection.
func (c *call) readIdentity(in *identityRequest) error {
	body, err := httpd.ReadBody(c.r, httpd.Limits{Sent: maxBody, Unpacked: maxBody})
	if err != nil || in.usual(plainjson.New(string(body))) {
		return err
	}
	*in = identityRequest{}
	return decode(body, in)
}

// usual reads an identity with traits that are text, numbers or booleans, and says whether it was one.
func (in *identityRequest) usual(s plainjson.Scanner) bool {
	if !s.Take('{') {
		return false
	}
	for more := !s.Take('}'); more; {
		key, found := s.Key()
		switch {
		case !found:
			return false
		case key == "identifier":
			in.Identifier, found = s.Text()
		case key == "transient":
			in.Transient, found = truth(&s)
		case key == "traits":
			in.Traits, found = usualTraits(&s)
		default:
			return false
		}
		if !found {
			return false
		}
		if more, found = s.More('}'); !found {
			return false
		}
	}
	return s.End()
}

func truth(s *plainjson.Scanner) (yes, found bool) {
	value, found := s.Scalar()
	yes, is := value.(bool)
	return yes, found && is
}

func usualTraits(s *plainjson.Scanner) ([]trait, bool) {
	if !s.Take('[') {
		return nil, false
	}
	traits := []trait{}
	for more := !s.Take(']'); more; {
		one, found := usualTrait(s)
		if !found {
			return nil, false
		}
		traits = append(traits, one)
		if more, found = s.More(']'); !found {
			return nil, false
		}
	}
	return traits, true
}

func usualTrait(s *plainjson.Scanner) (out trait, found bool) {
	if !s.Take('{') {
		return out, false
	}
	for more := !s.Take('}'); more; {
		key, found := s.Key()
		switch {
		case !found:
			return out, false
		case key == "trait_key":
			out.Key, found = s.Text()
		case key == "trait_value":
			out.Value, found = s.Scalar()
		case key == "transient":
			out.Transient, found = truth(s)
		default:
			return out, false
		}
		if !found {
			return out, false
		}
		if more, found = s.More('}'); !found {
			return out, false
		}
	}
	return out, true
}

// read checks a request and gives its traits; those that are to be taken away are nil.
func (in *identityRequest) read() (traits map[string]any, transient map[string]bool, err error) {
	if len(in.Identifier) > maxIdentifier {
		return nil, nil, fault.New(fault.Invalid, "an identifier has at most %d bytes", maxIdentifier)
	}
	if len(in.Traits) > maxTraits {
		return nil, nil, fault.New(fault.Invalid, "at most %d traits may be sent at once", maxTraits)
	}
	if len(in.Traits) == 0 {
		return nil, nil, nil
	}
	traits, transient = make(map[string]any, len(in.Traits)), map[string]bool{}
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
