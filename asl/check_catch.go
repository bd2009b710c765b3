package asl

func (c *checker) catchers(list []Catcher) {
	taken := matched{}
	for i := range list {
		r := &list[i]
		if why := taken.neverMatches(r.ErrorEquals, "catcher"); why != "" {
			c.warn(CodeCatcherNeverMatches, r.Pos, r.Location, "%s", why)
		}
		taken.add(r.ErrorEquals)
	}
}
