package value

// ParseVerbatim is [Parse] for a text that must be written as it was read as
// long as nothing is computed from it: an object remembers the text if [Append]
// would write another one, and [Verbatim] returns it. Whatever changes the
// object, or puts it into another value, has the compact text.
func ParseVerbatim(text []byte) (any, error) {
	s := string(text)
	v, compact, err := readDocument(s, ReadOptions{}, nil, true)
	if o, ok := v.(*Object); ok && err == nil && !compact {
		o.Remember(s)
	}
	return v, err
}

// Verbatim returns the text that v was read from, if v is an object of
// [ParseVerbatim] that remembers one. It reports whether it does.
func Verbatim(v any) (text string, ok bool) {
	o, _ := v.(*Object)
	text = o.rememberedText()
	return text, text != ""
}

// Remember makes the object remember a text, which must be a spelling of it.
// Only whoever builds the object may call it.
func (o *Object) Remember(text string) {
	o.extra.Store(&extra{index: o.builtIndex(), text: text})
}

// Compact returns v, or a copy that does not remember the text that it was read
// from.
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

// rememberedText returns the text that the object was read from, "" if there is none.
func (o *Object) rememberedText() string {
	if o == nil {
		return ""
	}
	if x := o.extra.Load(); x != nil {
		return x.text
	}
	return ""
}

// forgetText is called before the object changes.
func (o *Object) forgetText() {
	if x := o.extra.Load(); x != nil && x.text != "" {
		o.extra.Store(&extra{index: x.index})
	}
}
