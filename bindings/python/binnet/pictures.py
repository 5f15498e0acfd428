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
