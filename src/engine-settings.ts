import { anyText, choice, optional, portRange, setting, wholeNumber } from './setting.ts';

/** The settings of trainings on several hosts, in the order of docs/settings.md. */
export const ENGINE_SETTINGS = {
  ENGINE: optional(
    choice(['xgboost']),
    '`xgboost` makes the worker process a host of distributed trainings: it offers its processors and memory, and starts Python with xgboost for them. Unset: it is none. See docs/distributed-training.md.',
  ),
  ENGINE_PYTHON: setting('python3', anyText, 'The Python of a host, with numpy and xgboost: a command, or a path.'),
  ENGINE_ADDRESS: optional(
    anyText,
    'IP address or name at which the other hosts reach this one. Unset: the first IPv4 address of the machine that is not a loopback address, else 127.0.0.1.',
  ),
  ENGINE_PORTS: optional(
    portRange,
    'Ports on which a host listens to the other hosts of a training, such as `9100-9199`. Unset: any free ones.',
  ),
  ENGINE_WAIT_SECONDS: setting(
    '60',
    wholeNumber(0, 86_400),
    'For how long a distributed training waits for at least two live hosts, before it fails with ENGINE_UNAVAILABLE. While enough live hosts are busy with others, it waits on.',
  ),
  ENGINE_CHECKPOINT_SECONDS: setting(
    '30',
    wholeNumber(1, 3600),
    'Seconds between two checkpoints of a distributed training, as the host of its first rank sees it. So much training at most is repeated where a host is lost.',
  ),
  SINGLE_HOST_CELLS: setting(
    '1000000000',
    wholeNumber(1, 1_000_000_000_000_000),
    'Cells, which are rows times features, from which GRADIENT_BOOSTING is trained on several hosts without being asked for, if at least two of them live.',
  ),
} as const;
