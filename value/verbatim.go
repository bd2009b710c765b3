package value

// ParseVerbatim is [Parse] for JSON that must be written back unchanged as long
// as nothing is computed from it. If [Append] would write an object
// differently, the object remembers its JSON and [Verbatim] returns it. An
// object that is changed or becomes part of another value is written as
// [Append] does.
func ParseVerbatim(text []byte) (any, error) {
	s := string(text)
	v, compact, err := readDocument(s, ReadOptions{}, nil, true)
	if o, ok := v.(*Object); ok && err == nil && !compact {
		o.Remember(s)
	}
	return v, err
}

// Verbatim returns the JSON that v was read from, if v is an object that
// remembers it (see [ParseVerbatim]). ok reports whether it does.
func Verbatim(v any) (text string, ok bool) {
	o, _ := v.(*Object)
	text = o.rememberedText()
	return text, text != ""
}

// Remember makes the object remember text, which must be JSON of the same
// value. Only the code that builds the object may call Remember.
func (o *Object) Remember(text string) {
	o.extra.Store(&extra{index: o.builtIndex(), text: text})
}

// Compact returns v, or a copy that does not remember its JSON.
func Compact(v any) any {
	if o, ok := v.(*Object); ok && o != nil && o.extra.Load() != nil {
		return o.copyCompact()
	}
	return v
}

func (o *Object) copyCompact() *Object {
	if o.rememberedText() != "" {
		return o.Clone()
	}
	return o
}

// rememberedText returns the JSON that the object remembers, or "".
func (o *Object) rememberedText() string {
	if o == nil {
		return ""
	}
	if x := o.extra.Load(); x != nil {
		return x.text
	}
	return ""
}

// forgetText must be called before the object changes.
func (o *Object) forgetText() {
	if x := o.extra.Load(); x != nil && x.text != "" {
		o.extra.Store(&extra{index: x.index})
	}
}
