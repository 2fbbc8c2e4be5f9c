package ofrep

import (
	"bytes"
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/plainjson"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	maxBody         = 64 << 10 // bytes, as sent and unpacked
	maxProperties   = 1000     // of a context, counted at every level
	maxDepth        = 10
	maxTargetingKey = 2000 // bytes
)

// body reads a request; when it cannot, the answer is written.
func (d *door) body(w http.ResponseWriter, r *http.Request, flagKey string) ([]byte, bool) {
	body, err := httpd.ReadBody(r, httpd.Limits{Sent: maxBody, Unpacked: maxBody})
	if err != nil {
		d.refuse(w, r, flagKey, parseError, err)
	}
	return body, err == nil
}

// context reads whom a body asks for; when it cannot, the answer is written.
func (d *door) context(w http.ResponseWriter, r *http.Request, body []byte, environment *tenant.Environment, flagKey string) (flag.Context, bool) {
	in, usual := usualContext(string(body))
	if !usual {
		var code errorCode
		var err error
		if in, code, err = parseContext(body); err != nil {
			d.refuse(w, r, flagKey, code, err)
			return flag.Context{}, false
		}
	}
	in.EnvironmentKey, in.EnvironmentName = environment.HashKey, environment.Name
	if d.OnIdentity != nil && !environment.Settings.ForgetTraits {
		d.OnIdentity(environment.ID, in.TargetingKey, in.Traits)
	}
	return in, true
}

// usualContext reads what nearly every client sends: {"context":{…}} with text, numbers and booleans in it. All else it
// leaves to parseContext, which reads this to the same.
func usualContext(body string) (in flag.Context, usual bool) {
	s := plainjson.New(body)
	if !s.Take('{') {
		return in, false
	}
	if key, found := s.Key(); !found || key != "context" || !s.Take('{') {
		return in, false
	}
	in.Traits = map[string]any{}
	count := 0
	for more := !s.Take('}'); more; count++ {
		key, found := s.Key()
		if !found {
			return in, false
		}
		value, found := s.Scalar()
		if !found {
			return in, false
		}
		if key != "targetingKey" {
			in.Traits[key] = value
		} else if in.TargetingKey, found = value.(string); !found || len(in.TargetingKey) > maxTargetingKey {
			return in, false
		}
		if more, found = s.More('}'); !found {
			return in, false
		}
	}
	return in, count <= maxProperties && s.Take('}') && s.End()
}

func parseContext(body []byte) (flag.Context, errorCode, error) {
	var request struct {
		Context json.RawMessage `json:"context"`
	}
	if !utf8.Valid(body) {
		return flag.Context{}, parseError, fault.New(fault.Invalid, "the body is not UTF-8 text")
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return flag.Context{}, parseError, fault.New(fault.Invalid, `the body has to be a JSON object such as {"context": {"targetingKey": "usr_1"}}: %v`, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(request.Context))
	decoder.UseNumber()
	var properties map[string]any
	if len(request.Context) == 0 || decoder.Decode(&properties) != nil || properties == nil {
		return flag.Context{}, invalidContext, fault.New(fault.Invalid, `"context" has to be a JSON object; it may be empty`)
	}
	if count, depth := sizeOf(properties); count > maxProperties || depth > maxDepth {
		return flag.Context{}, invalidContext, fault.New(fault.Invalid, "the context has %d properties, %d deep; it may have %d, %d deep", count, depth, maxProperties, maxDepth)
	}
	var in flag.Context
	if given, known := properties["targetingKey"]; known && given != nil {
		text, is := given.(string)
		if !is || len(text) > maxTargetingKey {
			return flag.Context{}, invalidContext, fault.New(fault.Invalid, `"targetingKey" has to be text of at most %d bytes`, maxTargetingKey)
		}
		in.TargetingKey = text
	}
	delete(properties, "targetingKey")
	in.Traits = properties
	return in, "", nil
}

// sizeOf counts properties and levels, of a value that the body's limit has bounded already.
func sizeOf(value any) (count, depth int) {
	each := func(inner any) {
		c, deep := sizeOf(inner)
		count += 1 + c
		depth = max(depth, deep)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			each(inner)
		}
	case []any:
		for _, inner := range v {
			each(inner)
		}
	default:
		return 0, 0
	}
	return count, depth + 1
}
