package engine

// Lookup gives the value that a condition with that property would see, and whether there is one. It reads the path
// anew each time, so it is for explanations and not for evaluation.
func Lookup(property string, in *Context) (value any, set bool) {
	c, err := compile(Condition{Property: property, Operator: "IS_SET"})
	if err != nil {
		return nil, false
	}
	found := c.property.find(in)
	return found.given(), found.kind != nothing
}

// Spread is where a percentage split puts the context, from 0 to below 100: it holds when that is at most the split's
// number. The segment's key is what it was compiled with. False when there is nothing to spread by.
func Spread(segment, property string, in *Context) (percent float64, set bool) {
	if property == "" {
		return Percentage(segment, in.Key), in.Key != ""
	}
	value, set := Lookup(property, in)
	if !set {
		return 0, false
	}
	return Percentage(segment, textOf(value)), true
}

// Numeric says whether text is taken for a number: -?\d+ or -?\d+\.\d+.
func Numeric(text string) bool { return numeric(text) }

// Version says whether text is a semantic version such as 1.2.3.
func Version(text string) bool {
	_, valid := parseVersion(text)
	return valid
}

// List reads the value of an IN condition: a JSON array, or else text cut at its commas.
func List(value string) []string { return parseList(value) }
