package load

// run is one of chef-client on the client's node: it reads the node, another's node, a report of an earlier run, saves the node and leaves a report of
// this run, a node that nobody else names.
func (c *client) run() {
	node := own(c.id)
	for _, request := range []func(){
		func() { c.do(Operation{Kind: Get, Node: node}) },
		func() { c.do(Operation{Kind: Get, Node: own(c.random.IntN(c.load.options.Clients()))}) },
		c.readReport,
		func() { c.do(Operation{Kind: Save, Node: node, Value: c.value()}) },
		c.create,
	} {
		request()
		// Half of the pace at least, and the pace on average: nodes do not march.
		if pace := c.load.options.Pace; !c.wait(pace/2 + c.upTo(pace)) {
			return
		}
	}
}

// readReport reads one that was acknowledged, if there is one.
func (c *client) readReport() {
	if len(c.made) > 0 {
		c.getOwn()
	}
}
