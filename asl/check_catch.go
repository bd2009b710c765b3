package asl

func (c *checker) warnDeadCatchers(list []Catcher) {
	taken := handledErrors{}
	for i := range list {
		r := &list[i]
		if why := taken.whyNeverMatches(r.ErrorEquals, "catcher"); why != "" {
			c.addWarning(CodeCatcherNeverMatches, r.Pos, r.Location, "%s", why)
		}
		taken.addHandled(r.ErrorEquals)
	}
}
