package stream

// Known counts the sessions whose confirmation is kept.
func (h *Hub) Known(environmentID string) int {
	r := h.room(environmentID)
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.confirmed.young) + len(r.confirmed.old)
}
