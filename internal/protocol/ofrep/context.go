package ofrep

import (
	"bytes"
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	maxBody         = 64 << 10 // bytes, as sent and unpacked
	maxProperties   = 1000     // of a context, counted at every level
	maxDepth        = 10
	maxTargetingKey = 2000 // bytes
)

// context reads whom the request asks for; when it cannot, the answer is written.
func (d *door) context(w http.ResponseWriter, r *http.Request, environment tenant.Environment, flagKey string) (flag.Context, bool) {
	body, err := httpd.ReadBody(r, httpd.Limits{Sent: maxBody, Unpacked: maxBody})
	if err != nil {
		d.refuse(w, r, flagKey, parseError, err)
		return flag.Context{}, false
	}
	in, code, err := parseContext(body)
	if err != nil {
		d.refuse(w, r, flagKey, code, err)
		return flag.Context{}, false
	}
	in.EnvironmentKey, in.EnvironmentName = environment.ClientKey, environment.Name
	return in, true
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
