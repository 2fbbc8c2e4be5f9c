package tenant

import "github.com/siteproof/belay/internal/fault"

// maxApprovals is how many people an environment may ask for: more would only mean that nothing ever changes.
const maxApprovals = 5

// Settings say how an environment serves its flags and what a change of them needs.
type Settings struct {
	HideDisabledFlags  bool `json:"hide_disabled_flags"`  // flags that are off are left out of answers to other vendors' clients
	HideSensitiveData  bool `json:"hide_sensitive_data"`  // answers to other vendors' clients name no ids and no traits
	IgnoreClientTraits bool `json:"ignore_client_traits"` // traits sent with the client key are not believed
	ForgetTraits       bool `json:"forget_traits"`        // traits decide the answer and are not kept
	StopServing        bool `json:"stop_serving"`         // flags are refused to other vendors' clients with 401
	// Approvals is how many people other than who proposes a change have to approve it; 0 lets everybody change flags alone.
	Approvals int `json:"approvals"`
}

// Validate says what is wrong with the settings.
func (s Settings) Validate() error {
	if s.Approvals < 0 || s.Approvals > maxApprovals {
		return fault.New(fault.Invalid, "an environment asks for 0 to %d approvals, not %d", maxApprovals, s.Approvals).
			At("approvals", "0 to %d", maxApprovals)
	}
	return nil
}
