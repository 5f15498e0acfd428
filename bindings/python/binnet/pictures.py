"""Pictures with matplotlib. Each function draws on `ax`, or on a new figure, and returns the axes."""
from __future__ import annotations

from ._arrays import activities
from ._numpy import np


def _axes(ax, width=4.5, height=3.4):
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt
    return plt.subplots(figsize=(width, height), layout='constrained')[1]


def _names(ax, which, names, n):
    axis = getattr(ax, which + 'axis')
    if names is not None and n <= 40:
        axis.set_ticks(range(n))
        axis.set_ticklabels(names)
        if which == 'x':
            ax.tick_params(axis='x', rotation=90 if n > 8 or max(map(len, names)) > 3 else 0)
    else:
        from matplotlib.ticker import MaxNLocator
        axis.set_major_locator(MaxNLocator(integer=True))


def plot_matrix(a, names=None, ax=None, label='', xlabel='neuron', ylabel='neuron', symmetric=True):
    """A matrix as colours; around 0 if `symmetric`, entries that are NaN in grey."""
    ax = _axes(ax)
    import matplotlib as mpl
    a = np.asarray(a)
    if symmetric:
        reach = float(np.nanmax(np.abs(a))) if np.isfinite(a).any() else 1.0
        reach = reach or 1.0
        cmap, limits = mpl.colormaps['RdBu_r'].copy(), (-reach, reach)
    else:
        cmap, limits = mpl.colormaps['viridis'].copy(), (0.0, float(np.nanmax(a)))
    cmap.set_bad('0.85')
    image = ax.imshow(a, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation='nearest')
    _names(ax, 'x', names, a.shape[1])
    _names(ax, 'y', names, a.shape[0])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.figure.colorbar(image, ax=ax, label=label)
    return ax


def plot_law(law, k=16, ax=None):
    """The most probable states: bars of their probabilities over the activities of their neurons."""
    top = law.top(k)
    ax = _axes(ax, max(3.2, 1.6 + 0.25 * len(top)), 2.8 + 0.14 * law.n)
    ax.bar(range(len(top)), [p for _, p in top], color='C0', width=0.8)
    # the activities under each bar, one line for each neuron; the first column names them
    rows = activities(np.array([s for s, _ in top], dtype=np.uint64), law.n)
    columns = ['\n'.join('\u25cb\u25cf'[a] for a in row) for row in rows]
    names = '\n'.join(law.names or map(str, range(law.n)))
    ax.set_xticks([-0.7] + list(range(len(top))))
    ax.set_xticklabels([names] + columns, fontsize='small', linespacing=1.2)
    ax.xaxis.get_ticklabels()[0].set_horizontalalignment('right')
    ax.tick_params(axis='x', length=0)
    ax.set(ylabel='probability', xlabel='most probable states (\u25cf active)', xlim=(-0.7, len(top) - 0.3))
    return ax


def plot_attractors(attractors, ax=None, most=12):
    """States of the attractors as columns, a gap between attractors, with their basins in percent of all states."""
    shown = [attractors[k] for k in range(min(len(attractors), most))]
    n = attractors.n
    columns: list = []
    starts = []
    for a in shown:
        if columns:
            columns.append(np.full(n, np.nan))
        starts.append(len(columns))
        columns += list(activities(np.array(a.states, dtype=np.uint64), n).astype(float))
    picture = np.array(columns).T if columns else np.zeros((n, 1))
    ax = _axes(ax, max(3.4, 1.2 + 0.24 * picture.shape[1]), 1.3 + 0.22 * n)
    import matplotlib as mpl
    cmap = mpl.colormaps['Greys'].copy()
    cmap.set_bad('white')
    ax.imshow(picture, cmap=cmap, vmin=-0.15, vmax=1.3, aspect='auto', interpolation='nearest')
    _names(ax, 'y', attractors.names, n)
    middle = [s + (a.period - 1) / 2 for s, a in zip(starts, shown)]
    ax.set_xticks(middle)
    ax.set_xticklabels(['%.3g %%' % (100.0 * a.basin / 2.0**n) for a in shown], rotation=90 if len(shown) > 5 else 0)
    more = len(attractors) - len(shown)
    ax.set(ylabel='neuron', xlabel='attractors, and their basins' + (' (%d more)' % more if more else ''))
    return ax


def _label_text(region):
    if region.fixed_points == 0 and not region.periods:
        return 'none'
    parts = []
    if region.fixed_points:
        parts.append('%d fixed point%s' % (region.fixed_points, 's' * (region.fixed_points != 1)))
    parts += ['%d cycle%s of period %d' % (p.cycles, 's' * (p.cycles != 1), p.period) for p in region.periods]
    return ', '.join(parts)


def plot_regions(regions, ax=None):
    """Regions of a diagram over two stimuli, or the bars of one, coloured by label."""
    rectangles = [regions.rectangles(k) for k in range(len(regions))]
    ends = np.concatenate(rectangles).reshape(-1, regions.n_axes) if len(regions) else np.zeros((1, regions.n_axes))
    window = []
    for d in range(regions.n_axes):
        finite = ends[np.isfinite(ends[:, d]), d]
        lo, hi = (finite.min(), finite.max()) if finite.size else (-1.0, 1.0)
        margin = 0.15 * (hi - lo) or 1.0
        given = (-np.inf, np.inf) if regions.window is None else (regions.window[0][d], regions.window[1][d])
        window.append((given[0] if np.isfinite(given[0]) else lo - margin, given[1] if np.isfinite(given[1]) else hi + margin))
    ax = _axes(ax, 5.6, 3.6 if regions.n_axes == 2 else 1.8)
    import matplotlib as mpl
    from matplotlib.patches import Patch, Rectangle
    info = list(regions)
    labels = sorted({r.label for r in info}, key=lambda x: [(r.fixed_points + sum(p.cycles for p in r.periods), r.label)
                                                            for r in info if r.label == x][0])
    cmap = mpl.colormaps['viridis']
    colour = {label: cmap(0.1 + 0.85 * i / max(len(labels) - 1, 1)) for i, label in enumerate(labels)}
    handles: dict = {}
    for region, boxes in zip(info, rectangles):
        for lo, hi in boxes:
            lo = [max(lo[d], window[d][0]) for d in range(regions.n_axes)]
            hi = [min(hi[d], window[d][1]) for d in range(regions.n_axes)]
            if any(a >= b for a, b in zip(lo, hi)):
                continue
            y, height = (lo[1], hi[1] - lo[1]) if regions.n_axes == 2 else (0.0, 1.0)
            ax.add_patch(Rectangle((lo[0], y), hi[0] - lo[0], height, facecolor=colour[region.label], linewidth=0.3,
                                   edgecolor=colour[region.label]))
        handles.setdefault(region.label, Patch(color=colour[region.label], label=_label_text(region)))
    if regions.n_axes == 2:  # outlines above the rectangles, cut to the window
        for k in range(len(regions)):
            for ring in regions.rings(k):
                x = np.clip(ring, [w[0] for w in window], [w[1] for w in window])
                x = np.concatenate([x, x[:1]])
                ax.plot(x[:, 0], x[:, 1], color='white', linewidth=0.8)
    ax.set(xlim=window[0], ylim=window[1] if regions.n_axes == 2 else (0, 1))
    axis_name = ['stimulus %s' % (regions._names[a] if regions._names else a) for a in regions.axes]
    ax.set_xlabel(axis_name[0])
    if regions.n_axes == 2:
        ax.set_ylabel(axis_name[1])
    else:
        ax.set_yticks([])
    shown = [handles[x] for x in labels if x in handles][:20]
    ax.legend(handles=shown, loc='upper left', bbox_to_anchor=(1.02, 1), borderaxespad=0, frameon=False, fontsize='small')
    return ax


def plot_density(pdf, quantile, ax=None, xlabel='', points=400):
    ax = _axes(ax)
    lo, hi = quantile(np.array([1e-4, 1 - 1e-4]))
    margin = 0.05 * (hi - lo)
    x = np.linspace(lo - margin, hi + margin, points)
    ax.plot(x, pdf(x))
    ax.set(xlabel=xlabel, ylabel='density')
    ax.set_ylim(bottom=0)
    return ax


def plot_order(order, ranks=None, ax=None, points=400):
    """Densities of order statistics."""
    ax = _axes(ax)
    import matplotlib as mpl
    if ranks is None:
        ranks = sorted(set(np.linspace(1, order.n, min(order.n, 8)).round().astype(int).tolist()))
    lo, hi = order.quantile(1e-4, ranks[0]), order.quantile(1 - 1e-4, ranks[-1])
    x = np.linspace(lo, hi, points)
    for i, r in enumerate(ranks):
        ax.plot(x, order.pdf(x, r), color=mpl.colormaps['viridis'](0.9 * i / max(len(ranks) - 1, 1)), label='$r = %d$' % r)
    ax.set(xlabel='$x$', ylabel='density of $X_{(r)}$')
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, fontsize='small')
    return ax


def plot_mean_diagram(ensemble, x, y=None, axis=None, ax=None):
    """Expected number of fixed points over one or two stimuli."""
    mean = ensemble.diagram(x, y, axis)
    ax = _axes(ax)
    if y is None:
        ax.plot(x, mean)
        ax.set(xlabel='stimulus', ylabel='expected fixed points')
        ax.set_ylim(bottom=0)
        return ax
    image = ax.pcolormesh(x, y, mean, shading='nearest', cmap='viridis')
    ax.set(xlabel='first stimulus', ylabel='second stimulus')
    ax.figure.colorbar(image, ax=ax, label='expected fixed points')
    return ax


_GREY = '0.45'


def _colours(count):
    """Colours of some curves: the cycle for a few, else shades."""
    import matplotlib as mpl
    if count <= 10:
        return ['C%d' % k for k in range(count)]
    return [mpl.colormaps['viridis'](0.92 * k / (count - 1)) for k in range(count)]


def _labels(names, n):
    return [str(x) for x in (names or range(n))]


def _legend(ax, count, **more):
    """Beside the axes, so that no curve is under it."""
    ax.legend(loc='upper left', bbox_to_anchor=(1.02, 1), borderaxespad=0, frameon=False, fontsize='small',
              ncol=1 + (count - 1) // 16, **more)


def _two(ax, width, height, ratios=(1, 1), rows=False, **more):
    """Two axes on a new figure, or the given one and None."""
    if ax is not None:
        return ax, None
    import matplotlib.pyplot as plt
    if rows:
        return plt.subplots(2, 1, figsize=(width, height), layout='constrained', gridspec_kw={'height_ratios': ratios}, **more)[1]
    return plt.subplots(1, 2, figsize=(width, height), layout='constrained', gridspec_kw={'width_ratios': ratios}, **more)[1]


def plot_spectrum(spectrum, ax=None):
    """Eigenvalues in the unit circle and, on a figure of its own, the relaxation times with their bounds."""
    values = np.asarray(spectrum.values, dtype=complex)
    ax, beside = _two(ax, 6.8, 3.2)
    turn = np.linspace(0, 2 * np.pi, 361)
    ax.plot(np.cos(turn), np.sin(turn), color=_GREY, linewidth=0.8)
    ax.axhline(0, color='0.85', linewidth=0.8, zorder=0)
    ax.axvline(0, color='0.85', linewidth=0.8, zorder=0)
    ax.plot(values.real, values.imag, 'o', color='C0', markersize=4.5)
    ax.set(xlabel=r'Re $\lambda$', ylabel=r'Im $\lambda$', xlim=(-1.08, 1.08), ylim=(-1.08, 1.08), aspect='equal')
    if beside is not None:
        times = spectrum.times
        on = np.flatnonzero(np.isfinite(times.relaxation) & (times.relaxation > 0))
        middle, longest = times.relaxation[on], times.longest[on]
        low, high = middle - times.shortest[on], np.where(np.isfinite(longest), longest, middle) - middle
        turning = np.isfinite(times.period[on])
        for which, face, label in ((~turning, 'C0', 'decays'), (turning, 'white', 'decays and turns')):
            if which.any():
                beside.errorbar(on[which] + 1, middle[which], np.maximum([low[which], high[which]], 0), fmt='o', color='C0',
                                markerfacecolor=face, markersize=4.5, elinewidth=1, label=label)
        if len(on) and middle.max() > 100 * middle.min():
            beside.set_yscale('log')
        else:
            beside.set_ylim(bottom=0)
        from matplotlib.ticker import MaxNLocator
        beside.xaxis.set_major_locator(MaxNLocator(integer=True))
        beside.set(xlabel='number of eigenvalue', ylabel='relaxation time (steps)')
        if turning.any():
            beside.legend(frameon=False, fontsize='small')
    return ax


def plot_evolution(schedule, law, times, k=4, ax=None):
    """Means of the neurons as shades over time and, below, the probabilities of the states most probable at some time."""
    times = np.asarray(times, dtype=np.int64)
    n = schedule.n
    ax, below = _two(ax, 5.6, 2.4 + 0.18 * min(n, 24), ratios=(0.6 + 0.12 * min(n, 24), 1.5), rows=True, sharex=True)
    laws = schedule.laws(law, times)
    mean = laws @ activities(np.arange(laws.shape[1]), n)
    edge = np.concatenate([[times[0] - 0.5 * (times[1] - times[0])] if len(times) > 1 else [times[0] - 0.5],
                           0.5 * (times[1:] + times[:-1]), [times[-1] + 0.5 * (times[-1] - times[-2])] if len(times) > 1 else [times[0] + 0.5]])
    image = ax.pcolormesh(edge, np.arange(n + 1) - 0.5, mean.T, cmap='Greys', vmin=0, vmax=1, rasterized=True)
    ax.set(ylim=(n - 0.5, -0.5), ylabel='neuron', xlim=(times[0], times[-1]) if len(times) > 1 else None)
    _names(ax, 'y', schedule.names, n)
    ax.figure.colorbar(image, cax=ax.inset_axes([1.02, 0, 0.025, 1]), label='Pr(active)', ticks=[0, 0.5, 1])
    changes = [t for t in schedule.start.tolist() if times[0] < t < times[-1]]
    for t in changes:
        ax.axvline(t, color='C3', linewidth=0.8, linestyle='--')
    if below is None:
        ax.set_xlabel('time (steps)')
        return ax
    shown = np.argsort(-laws.max(axis=0), kind='stable')[:k]
    for state, colour in zip(shown.tolist(), _colours(len(shown))):
        below.plot(times, laws[:, state], color=colour, label=''.join('\u25cb\u25cf'[a] for a in activities(state, n)))
    for t in changes:
        below.axvline(t, color='C3', linewidth=0.8, linestyle='--')
    below.set(xlabel='time (steps)', ylabel='probability', ylim=(0, None))
    _legend(below, len(shown))
    return ax


def plot_occupation(law, ax=None):
    """The law of each population's activity, over the part of its neurons that are active: times the neurons, as a density."""
    ax = _axes(ax, 5.0, 3.2)
    size = law.size
    for a, colour in zip(range(law.n_populations), _colours(law.n_populations)):
        p = law.activity(a)
        few = size[a] <= 30
        ax.plot(np.arange(size[a] + 1) / size[a], p * size[a], marker='o' if few else None, markersize=3.5, linewidth=1.2, color=colour,
                label='population %d (%d)' % (a, size[a]))
    ax.set(xlabel='active part of the population', ylabel='density', xlim=(-0.02, 1.02))
    ax.set_ylim(bottom=0)
    _legend(ax, law.n_populations)
    return ax


def plot_margins(storage, ax=None):
    """Margins of all transitions, neuron by neuron, the least one marked; below the dashed line a neuron does not follow."""
    margin, n = storage.margin, storage.n
    ax = _axes(ax, max(3.6, min(7.0, 2.4 + 0.06 * n)), 3.0)
    number = np.arange(n)
    ax.plot(np.broadcast_to(number, margin.shape).ravel(), margin.ravel(), '.', color='#9ecae1', markersize=4, label='transition')
    least = margin.min(axis=0)
    bad = least <= 0
    ax.plot(number[~bad], least[~bad], 'o', color='C0', markersize=3.5, label='least')
    if bad.any():
        ax.plot(number[bad], least[bad], 'x', color='C3', markersize=5, label='not stored')
    ax.axhline(0, color=_GREY, linestyle='--', linewidth=0.9)
    from matplotlib.ticker import MaxNLocator
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel='neuron', ylabel='margin', xlim=(-0.7, n - 0.3))
    _legend(ax, 3)
    return ax


def plot_recall(curve, steps=None, ax=None):
    """Recall probability over the distance at the start; the worst states dotted, intervals of a simulation as bars."""
    ax = _axes(ax, 5.0, 3.2)
    last = len(curve.mean) - 1
    if steps is None:
        steps = sorted({1, 2, 4, last} & set(range(last + 1))) or [last]
    steps = np.atleast_1d(steps).tolist()
    for t, colour in zip(steps, _colours(len(steps))):
        label = '%d step%s' % (t, 's' * (t != 1))
        if curve.low is not None:
            gap = np.maximum([curve.mean[t] - curve.low[t], curve.high[t] - curve.mean[t]], 0)
            ax.errorbar(curve.distance, curve.mean[t], gap, color=colour, marker='o', markersize=3.5, capsize=2, linewidth=1.2, label=label)
        else:
            ax.plot(curve.distance, curve.mean[t], color=colour, marker='o', markersize=3.5, linewidth=1.2, label=label)
        if curve.worst is not None:
            ax.plot(curve.distance, curve.worst[t], color=colour, linestyle=':', linewidth=1.2)
    if curve.worst is not None:
        ax.plot([], [], color=_GREY, linestyle=':', label='worst state')
    from matplotlib.ticker import MaxNLocator
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel='neurons flipped at the start', ylabel='Pr(recalled)', ylim=(0, 1.02))
    _legend(ax, len(steps) + 1)
    return ax


def plot_patterns(states, shape=None, titles=None, ax=None):
    """States as images beside each other, or as a raster."""
    states = np.asarray(states)
    count, n = states.shape
    if shape is None:
        ax = _axes(ax, max(3.0, min(7.0, 1.2 + 0.06 * n)), max(1.8, min(7.0, 1.0 + 0.08 * count)))
        ax.imshow(states, cmap='Greys', vmin=0, vmax=1.1, aspect='auto', interpolation='nearest')
        from matplotlib.ticker import MaxNLocator
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel='neuron', ylabel='state')
        return ax
    rows, columns = shape
    if rows * columns != n:
        raise ValueError('an image of %d x %d for %d neurons' % (rows, columns, n))
    gap = max(1, columns // 5)
    picture = np.full((rows, count * (columns + gap) - gap), np.nan)
    for k in range(count):
        picture[:, k * (columns + gap):k * (columns + gap) + columns] = states[k].reshape(rows, columns)
    ax = _axes(ax, min(8.0, max(3.0, 1.1 * count)), min(8.0, max(3.0, 1.1 * count)) * (rows + 2.5) / picture.shape[1] + 0.2)
    import matplotlib as mpl
    from matplotlib.patches import Rectangle
    cmap = mpl.colormaps['Greys'].copy()
    cmap.set_bad('none')
    ax.imshow(picture, cmap=cmap, vmin=0, vmax=1.1, interpolation='nearest')
    for k in range(count):
        left = k * (columns + gap) - 0.5
        ax.add_patch(Rectangle((left, -0.5), columns, rows, fill=False, edgecolor=_GREY, linewidth=0.8, clip_on=False))
        title = str(k) if titles is None else str(titles[k])
        ax.annotate(title, (left + columns / 2, rows - 0.5), xytext=(0, -4), textcoords='offset points', ha='center', va='top', fontsize='small',
                    annotation_clip=False)
    ax.axis('off')
    return ax


def plot_sweep(sweep, name, ax=None, xlabel='$x$', ylabel='$y$'):
    """One quantity over one parameter (curves) or two (a map)."""
    a = np.asarray(sweep.values[name])
    if sweep.y is not None:
        if a.ndim != 2:
            raise ValueError('a map is of a single number; %r has shape %s at each point' % (name, a.shape[2:]))
        ax = _axes(ax, 4.8, 3.5)
        image = ax.pcolormesh(sweep.x, sweep.y, a, shading='nearest', cmap='viridis', rasterized=True)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.figure.colorbar(image, ax=ax, label=name)
        return ax
    curves = a.reshape(len(sweep.x), -1)
    n = curves.shape[1]
    labels = _labels(sweep.names, n) if a.ndim == 2 else [str(i) for i in np.ndindex(*a.shape[1:])]
    ax = _axes(ax, 5.2, 3.2)
    for k, colour in zip(range(n), _colours(n)):
        ax.plot(sweep.x, curves[:, k], color=colour, linewidth=1.4, label=labels[k] if len(labels) == n else str(k))
    ax.set(xlabel=xlabel, ylabel=name, xlim=(sweep.x.min(), sweep.x.max()))
    if n > 1:
        _legend(ax, n)
    return ax


def plot_correlogram(chain, pairs, lags, law=None, ax=None):
    """Correlation of A_i now and A_j later, over the lag, to both sides of 0."""
    law = chain._law(law)
    covariance = chain.lagged_covariances(lags, law)
    sd = np.sqrt(np.diag(covariance[0]))
    corr = covariance / np.outer(sd, sd)
    names = _labels(chain.names, chain.n)
    if pairs is None:
        size = np.abs(np.triu(np.nan_to_num(corr).max(axis=0), 1))
        order = np.argsort(-size, axis=None)[:min(4, chain.n * (chain.n - 1) // 2)]
        pairs = [divmod(int(k), chain.n) for k in order]
    ax = _axes(ax, 5.4, 3.2)
    lag = np.arange(-lags, lags + 1)
    ax.axhline(0, color='0.8', linewidth=0.8)
    ax.axvline(0, color='0.8', linewidth=0.8)
    for (i, j), colour in zip(pairs, _colours(len(pairs))):
        i, j = chain.network.index([i])[0], chain.network.index([j])[0]
        both = np.concatenate([corr[:0:-1, j, i], corr[:, i, j]])
        ax.plot(lag, both, color=colour, linewidth=1.3, marker='o' if lags <= 20 else None, markersize=3,
                label=names[i] if i == j else '%s, %s' % (names[i], names[j]))
    ax.set(xlabel='lag of the second (steps)', ylabel='correlation', xlim=(-lags, lags))
    if lags <= 10:
        from matplotlib.ticker import MaxNLocator
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(ax, len(pairs))
    return ax


def plot_potentials(potentials, ax=None, points=400):
    """A row for each neuron: the density of its potential, and a mark at its threshold; a stick for each value without noise."""
    n = potentials.n
    names = _labels(potentials.chain.names, n)
    ax = _axes(ax, 4.8, 0.9 + 0.5 * n)
    threshold = potentials.chain.network.threshold
    laws = [potentials.marginal(i) for i in range(n)]
    ends = np.array([v.quantile(np.array([1e-4, 1 - 1e-4])) for v in laws])
    lo, hi = min(ends.min(), threshold.min()), max(ends.max(), threshold.max())
    margin = 0.04 * (hi - lo) or 1.0
    lo, hi = lo - margin, hi + margin
    scale = np.broadcast_to(potentials.chain.noise.scale, n)
    for i, v in enumerate(laws):
        base = n - 1 - i
        if scale[i] == 0:
            at, weight = v.components
            ax.vlines(at, base, base + 0.82 * weight / weight.max(), color='C0', linewidth=1.5)
        else:
            x = np.union1d(np.linspace(lo, hi, points), np.linspace(*ends[i], points))
            y = v.pdf(x)
            ax.fill_between(x, base, base + 0.82 * y / y.max(), color='C0', alpha=0.35, linewidth=0)
            ax.plot(x, base + 0.82 * y / y.max(), color='C0', linewidth=1)
        ax.axhline(base, color='0.8', linewidth=0.6, zorder=0)
        ax.plot([threshold[i]] * 2, [base, base + 0.9], color='C3', linewidth=1.2, linestyle='--', label='threshold' if i == 0 else None)
    ax.set_yticks([n - 1 - i + 0.3 for i in range(n)])
    ax.set_yticklabels(names)
    ax.tick_params(axis='y', length=0)
    ax.set(xlabel='membrane potential (densities, each to its own scale)', xlim=(lo, hi), ylim=(-0.08, n))
    ax.legend(frameon=False, fontsize='small', loc='lower right', bbox_to_anchor=(1, 1), borderaxespad=0.2)
    return ax


def plot_information(information, ax=None):
    """The parts of the information about stimuli as bars, and the whole."""
    ax = _axes(ax, 5.6, 2.6)
    names = ['linear', 'signal similarity', 'stimulus-independent\ncorrelation', 'stimulus-dependent\ncorrelation', 'total']
    parts = [information.linear, information.signal_similarity, information.correlation_independent, information.correlation_dependent]
    left = np.concatenate([[0], np.cumsum(parts)[:-1], [0]])
    width = np.array(parts + [information.total])
    colours = ['C0'] + ['C3' if w < 0 else 'C2' for w in parts[1:]] + ['0.35']
    ax.barh(range(5), width, left=left, color=colours, height=0.62)
    ends = left + width
    for k in range(4):  # where one part ends the next begins
        ax.plot([ends[k]] * 2, [k + 0.31, k + 1 - 0.31], color=_GREY, linewidth=0.8)
    reach = max(ends.max(), left.max(), 0) - min(ends.min(), left.min(), 0) or 1.0
    for k in range(5):
        ax.annotate('%.3g' % width[k], (max(left[k], ends[k]), k), xytext=(4, 0), textcoords='offset points', va='center', fontsize='small')
    ax.axvline(0, color=_GREY, linewidth=0.8)
    ax.set_yticks(range(5))
    ax.set_yticklabels(names)
    ax.invert_yaxis()
    ax.set(xlabel='information about the stimulus (nats)', xlim=(min(ends.min(), 0) - 0.03 * reach, max(ends.max(), left.max()) + 0.16 * reach))
    for side in ('top', 'right'):
        ax.spines[side].set_visible(False)
    return ax


def plot_bars(diagram, axis=0, at=None, lo=None, hi=None, ax=None, most=40):
    """The branches of a diagram over one stimulus: each fixed point and cycle as a bar over the stimuli it exists for."""
    held = np.zeros(diagram.n_axes) if at is None else np.asarray(at, dtype=float)
    bars = []
    for kind, boxes in (('fixed point', diagram.fixed_points), ('cycle', diagram.cycles)):
        for box in boxes:
            others = [d for d in range(diagram.n_axes) if d != axis]
            # ends: 1 lo belongs to it, 2 hi
            inside = all((box.lo[d] < held[d] or box.lo[d] == held[d] and box.ends[d] & 1) and
                         (held[d] < box.hi[d] or held[d] == box.hi[d] and box.ends[d] & 2) for d in others)
            if inside and box.lo[axis] <= box.hi[axis]:
                bars.append((kind, box))
    finite = np.array([x for _, b in bars for x in (b.lo[axis], b.hi[axis]) if np.isfinite(x)] or [-1.0, 1.0])
    margin = 0.15 * (finite.max() - finite.min()) or 1.0
    window = (finite.min() - margin if lo is None else lo, finite.max() + margin if hi is None else hi)
    bars = [(kind, b) for kind, b in bars if b.hi[axis] > window[0] and b.lo[axis] < window[1]]
    shown = bars[:most]
    ax = _axes(ax, 5.6, 1.0 + 0.19 * max(len(shown), 3))
    homogeneous = any(b.multiplicity != 1 for _, b in shown)
    labels = []
    for row, (kind, b) in enumerate(shown):
        a, z = max(b.lo[axis], window[0]), min(b.hi[axis], window[1])
        colour = 'C0' if kind == 'fixed point' else 'C1'
        ax.plot([a, z], [row, row], color=colour, linewidth=4 if kind == 'fixed point' else 2.5, solid_capstyle='butt')
        for end, closed in ((b.lo[axis], b.ends[axis] & 1), (b.hi[axis], b.ends[axis] & 2)):
            if window[0] < end < window[1]:
                ax.plot(end, row, 'o', color=colour, markerfacecolor=colour if closed else 'white', markersize=4)
        if kind == 'cycle':
            text = 'period %d' % b.period
        elif homogeneous or diagram.n > 12:
            text = 'state %d' % b.states[0] if diagram.n <= 64 else ''
        else:
            text = ''.join('\u25cb\u25cf'[x] for x in activities(b.states[0], diagram.n))
        labels.append(text)
    ax.set_yticks(range(len(shown)))
    ax.set_yticklabels(labels, fontsize='small')
    ax.tick_params(axis='y', length=0)
    names = diagram._network.names if diagram._network.n == diagram.n_axes else None
    more = len(bars) - len(shown)
    ax.set(xlabel='stimulus %s' % (names[axis] if names else axis), xlim=window, ylim=(max(len(shown), 1) - 0.4, -0.6))
    if more:
        ax.set_title('%d more' % more, fontsize='small')
    return ax
