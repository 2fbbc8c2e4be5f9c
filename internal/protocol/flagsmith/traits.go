package flagsmith

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/tenant"
)

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
