// @ts-check
/**
 * The design tokens of every widget, with their defaults, as a stylesheet. It is code, so that a widget never waits for it.
 *
 * In a layer, so that a widget's own `:host` rules win.
 */
export const defaults = `
@layer design-tokens {
  :host {
    /* theme */
    --theme-brand-100: #F7F0FE;
    --theme-brand-200: #E9D8FD;
    --theme-brand-300: #CEAAF8;
    --theme-brand-400: #BC8CF2;
    --theme-brand-500: #AF7AEB;
    --theme-brand-600: #A267E4;
    --theme-brand-700: #9254D9;
    --theme-brand-800: #7B3BC4;
    --theme-brand-900: #452965;
    --theme-brand-1000: #322541;
    --theme-neutral-0: #FFFFFF;
    --theme-neutral-100: #FAFAFA;
    --theme-neutral-200: #F4F5F6;
    --theme-neutral-300: #DEDFE2;
    --theme-neutral-400: #B8BBC2;
    --theme-neutral-500: #8D919B;
    --theme-neutral-600: #7B808E;
    --theme-neutral-700: #696E7C;
    --theme-neutral-800: #4F5663;
    --theme-neutral-900: #3B4254;
    --theme-neutral-1000: #2B3346;

    /* color */
    --color-action-primary-default: #9254D9;
    --color-action-primary-hover: #7B3BC4;
    --color-action-primary-pressed: #452965;
    --color-action-neutral-default: #FFFFFF;
    --color-action-neutral-hover: #FAFAFA;
    --color-action-neutral-pressed: #F4F5F6;
    --color-action-destructive-default: #c92c2f;
    --color-action-destructive-hover: #ae2424;
    --color-action-destructive-pressed: #5d1a1c;
    --color-content-default: #2B3346;
    --color-content-subtle: #4F5663;
    --color-content-subtlest: #696E7C;
    --color-content-disabled: #B8BBC2;
    --color-content-inverse: #FFFFFF;
    --color-content-heading-default: #2B3346;
    --color-content-heading-hero: #FFFFFF;
    --color-surface-default: #FFFFFF;
    --color-surface-page: #FAFAFA;
    --color-surface-muted: #F4F5F6;
    --color-surface-disabled: #F4F5F6;
    --color-surface-overlay: #FFFFFF;
    --color-surface-inverse: #2B3346;
    --color-link-default: #9254D9;
    --color-link-hover: #7B3BC4;
    --color-line-default: #DEDFE2;
    --color-line-disabled: #DEDFE2;
    --color-focus-ring: #388bff;
    --color-status-danger-bold: #c92c2f;
    --color-status-information-bold: #0c66e4;
    --color-status-success-bold: #1f8444;
    --color-community-answered: #1f8444;
    --color-community-highlighted: #9254D9;
    --color-community-pinned: #9254D9;
    --color-community-unanswered: #696E7C;
    --color-overlay-backdrop: #2b33467a;
    --color-overlay-interactive-hover: #2b33460a;
    --color-overlay-interactive-pressed: #2b334614;
    --color-skeleton-default: #F4F5F6;
    --color-skeleton-subtle: #2b33460a;

    /* font */
    --font-family-sans: Roboto;
    --font-family-heading: Roboto;
    --font-family-button: Roboto;
    --font-family-mono: Roboto Mono;
    --font-size-base: 16px;
    --font-size-100: 0.75rem;
    --font-size-200: 0.875rem;
    --font-size-300: 1rem;
    --font-size-400: 1.25rem;
    --font-size-500: 1.5rem;
    --font-size-600: 1.75rem;
    --font-size-700: 2rem;
    --font-weight-regular: 400;
    --font-weight-medium: 500;
    --font-weight-bold: 700;

    /* text */
    --text-body-large-size: 1.25rem;
    --text-body-large-weight: 400;
    --text-body-large-line-height: 1.5;
    --text-body-medium-size: 1rem;
    --text-body-medium-weight: 400;
    --text-body-medium-line-height: 1.5;
    --text-body-small-size: 0.875rem;
    --text-body-small-weight: 400;
    --text-body-small-line-height: 1.5;
    --text-heading-small-size: 1.25rem;
    --text-heading-small-weight: 500;
    --text-heading-small-line-height: 1.25;
    --text-heading-medium-size: 1.5rem;
    --text-heading-medium-weight: 500;
    --text-heading-medium-line-height: 1.25;
    --text-heading-large-size: 1.75rem;
    --text-heading-large-weight: 700;
    --text-heading-large-line-height: 1.25;
    --text-heading-xlarge-size: 2rem;
    --text-heading-xlarge-weight: 700;
    --text-heading-xlarge-line-height: 1.25;
    --text-heading-hero-size: 2rem;
    --text-heading-hero-weight: 700;
    --text-heading-hero-line-height: 1.25;
    --text-hero-size: 2rem;
    --text-hero-weight: 700;
    --text-hero-line-height: 1.25;
    --text-button-size: 0.875rem;
    --text-caption-size: 0.75rem;
    --text-code-size: 1rem;
    --text-label-medium-size: 1rem;
    --text-label-small-size: 0.875rem;
    --text-menu-size: 0.875rem;
    --text-navigation-size: 0.875rem;

    /* space */
    --space-0: 0;
    --space-025: 2px;
    --space-050: 4px;
    --space-075: 6px;
    --space-100: 8px;
    --space-125: 10px;
    --space-150: 12px;
    --space-200: 16px;
    --space-250: 20px;
    --space-300: 24px;
    --space-400: 32px;
    --space-500: 40px;
    --space-600: 48px;
    --space-800: 64px;
    --space-1000: 80px;
    --space-layout-gutter: 10px;
    --space-negative-025: -2px;
    --space-negative-050: -4px;
    --space-negative-075: -6px;
    --space-negative-100: -8px;
    --space-negative-125: -10px;
    --space-negative-150: -12px;
    --space-negative-200: -16px;

    /* radius */
    --radius-025: 2px;
    --radius-050: 4px;
    --radius-100: 8px;
    --radius-150: 12px;
    --radius-200: 16px;
    --radius-full: 9999px;

    /* border */
    --border-width-100: 1px;
    --border-width-200: 2px;

    /* line height */
    --line-height-grid-100: 1rem;
    --line-height-grid-200: 1.25rem;
    --line-height-grid-300: 1.5rem;
    --line-height-grid-400: 1.75rem;
    --line-height-grid-500: 2rem;
    --line-height-grid-600: 2.25rem;
    --line-height-grid-700: 2.5rem;
    --line-height-ratio-tight: 1.25;
    --line-height-ratio-relaxed: 1.5;

    /* shadow, elevation */
    --shadow-100: 0 1px 1px 0 #0000001a, 0 1px 2px 0 #0000001a, 0 0 1px 0 #0000001a;
    --shadow-200: 0 2px 4px 0 #0000001a, 0 4px 8px 0 #0000001a, 0 0 1px 0 #0000001a;
    --shadow-300: 0 4px 8px 0 #0000001a, 0 12px 24px 0 #0000001a, 0 0 1px 0 #0000001a;
    --elevation-1: 0 1px 1px 0 #0000001a, 0 1px 2px 0 #0000001a, 0 0 1px 0 #0000001a;
    --elevation-2: 0 2px 4px 0 #0000001a, 0 4px 8px 0 #0000001a, 0 0 1px 0 #0000001a;
    --elevation-3: 0 4px 8px 0 #0000001a, 0 12px 24px 0 #0000001a, 0 0 1px 0 #0000001a;

    /* button */
    --button-radius: 8px;
    --button-border-width: 1px;
    --button-font-weight: 500;
    --button-text-transform: none;
    --button-primary-background-default: #9254D9;
    --button-primary-background-hover: #7B3BC4;
    --button-primary-background-pressed: #452965;
    --button-primary-border-default: #9254D9;
    --button-primary-border-hover: #7B3BC4;
    --button-primary-border-pressed: #452965;
    --button-primary-content-default: #FFFFFF;
    --button-primary-content-hover: #FFFFFF;
    --button-primary-content-pressed: #FFFFFF;
    --button-secondary-background-default: #FFFFFF;
    --button-secondary-background-hover: #FAFAFA;
    --button-secondary-background-pressed: #F4F5F6;
    --button-secondary-border-default: #DEDFE2;
    --button-secondary-border-hover: #B8BBC2;
    --button-secondary-border-pressed: #8D919B;
    --button-secondary-content-default: #2B3346;
    --button-secondary-content-hover: #2B3346;
    --button-secondary-content-pressed: #2B3346;
    --button-destructive-background-default: #c92c2f;
    --button-destructive-background-hover: #ae2424;
    --button-destructive-background-pressed: #5d1a1c;
    --button-destructive-border-default: #c92c2f;
    --button-destructive-border-hover: #ae2424;
    --button-destructive-border-pressed: #5d1a1c;
    --button-destructive-content-default: #FFFFFF;
    --button-destructive-content-hover: #FFFFFF;
    --button-destructive-content-pressed: #FFFFFF;
    --button-vote-background-default: #FFFFFF;
    --button-vote-background-hover: #FAFAFA;
    --button-vote-background-pressed: #F4F5F6;
    --button-vote-border-default: #DEDFE2;
    --button-vote-border-hover: #B8BBC2;
    --button-vote-border-pressed: #8D919B;
    --button-vote-content-default: #4F5663;
    --button-vote-content-hover: #3B4254;
    --button-vote-content-pressed: #2B3346;
    --button-vote-selected-background-default: #F7F0FE;
    --button-vote-selected-background-hover: #E9D8FD;
    --button-vote-selected-background-pressed: #CEAAF8;
    --button-vote-selected-border-default: #9254D9;
    --button-vote-selected-border-hover: #7B3BC4;
    --button-vote-selected-border-pressed: #452965;
    --button-vote-selected-content-default: #9254D9;
    --button-vote-selected-content-hover: #7B3BC4;
    --button-vote-selected-content-pressed: #452965;

    /* tokens of older widgets */
    --config--main-color-brand: #9254D9;
    --config--main-font-family: Roboto;
    --config--main-color-text: #2B3346;
    --config--main-color-border: #DEDFE2;
    --config--main-color-background: #FFFFFF;
  }
  :host { display: block; }
  :host([hidden]) { display: none; }
}
`;
