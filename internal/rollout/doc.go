// Package rollout moves a change through its phases, watches its guardrails, and takes it back.
//
//	draft ──start──▶ running ◀──resume── held
//	                 │  ▲  └───hold──────▶ │
//	   nothing       │  └──approve── awaiting_approval
//	   missing       ▼
//	         next phase … last phase ──▶ completed
//
//	running, held, awaiting_approval, completed ──roll back──▶ rolled_back ──retry──▶ draft of a new rollout
//	draft ──discard──▶ discarded
//
// Taking one component back is no state: the component is lost, its flag is off, and the rest goes on.
//
// What it promises:
//   - Evidence is a pure function of stored events and of the rollout's spans and losses. After a restart it is counted
//     again to the same bit, and nothing is decided before that is done.
//   - Decide is pure. Harm wins over everything and is judged in every state but the final ones. A phase is left only
//     when nothing is missing: never because time is up, and nothing goes back because data is missing.
//   - A move is one commit of the journal: the rollout, its flags and the decision with its evidence. Only one node
//     decides at a time, and a verdict about a rollout that has moved since is dropped.
//   - A harmless rollout is taken back with a chance of at most Plan.Budget, however often it is looked at; where the plan
//     came to judge otherwise in flight, of at most the budgets of all its Tests together. Guards share that budget; half of the errors guard's share belongs to everything together, half is split over the components.
package rollout
