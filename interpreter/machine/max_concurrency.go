package machine

// mapWidth returns how many iterations or children may run at a time. A negative MaxConcurrency
// from a path sets no bound, as on AWS.
func (s *step) mapWidth(slot int32, m *mapState, input any) (int32, *failure) {
	width := int64(m.width)
	if q := s.p.states[s.x.scopes[slot].state].query; q != nil && q.width != nil {
		var failed *failure
		if width, failed = s.viewOf(slot, input).evalInteger(q.width); failed != nil {
			return 0, failed
		}
	}
	if m.widthPath.path != nil {
		v, failed := s.selectPath(slot, &m.widthPath, input)
		if failed != nil {
			return 0, failed
		}
		n, ok := parseLong(v)
		if !ok {
			return 0, s.notInteger(slot, "MaxConcurrencyPath", v, &m.widthPath)
		}
		width = n
	}
	if s.r.Probe != nil {
		s.showProbe("maxConcurrency", width)
	}
	limit := int64(min(s.p.limits.MapConcurrency, 1<<31-1))
	if m.distributed != nil {
		limit = mostChildren
	}
	return int32(clampWidth(width, limit)), nil
}
